"""Calls to a forge's API: patient with a busy server, deaf to links elsewhere, silent on tokens."""

import re
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from clockwork.ci.answers import LONGEST_REASON, Refused, json_of, reason, seconds, where

ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE = 4, 1.0, 60.0
TIMEOUT = (5.0, 30.0)  # seconds to connect, and between two pieces of an answer
MOST_PAGES, MOST_REDIRECTS = 300, 3
SHOWN = re.compile(r"[!-~]+")
Sleep = Callable[[float], None]


def bearer(token: str) -> dict[str, str]:
    """The header for an access token."""
    return {"Authorization": f"Bearer {checked(token)}"}


def basic(user: str, token: str) -> dict[str, str]:
    """The header for a user and a token of theirs."""
    return {
        "Authorization": "Basic " + b64encode(f"{checked(user)}:{checked(token)}".encode()).decode()
    }


def checked(secret: str) -> str:
    """`secret`, stripped. Raises `Refused`, not showing it, where it cannot stand in a header."""
    secret = secret.strip()
    if not SHOWN.fullmatch(secret):
        raise Refused(
            "a token or user name holds blanks or characters that are not ASCII: copy it anew"
        )
    return secret


class Api:
    """The API at `base`, which alone gets `headers` (with the token); `proxy` is for plain http.

    A call gives the answer's JSON, None where there is none, or raises `Refused`.
    """

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str] | None = None,
        *,
        proxy: str | None = None,
        sleep: Sleep = time.sleep,
        timeout: tuple[float, float] = TIMEOUT,
    ) -> None:
        self.base = base.rstrip("/")
        self._headers, self._sleep, self._timeout = dict(headers or {}), sleep, timeout
        self._session = requests.Session()
        self._proxies = {"http": proxy} if proxy else None

    def get(self, path: str) -> Any:
        """What is at `path`."""
        return json_of(self._call("GET", path, None))

    def put(self, path: str, body: Any) -> Any:
        """Put `body` at `path`; done twice it is the same, so it is tried again when in doubt."""
        return json_of(self._call("PUT", path, body))

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at `path`; tried again when in doubt."""
        return json_of(self._call("PATCH", path, body))

    def delete(self, path: str) -> Any:
        """Delete what is at `path`; tried again when in doubt."""
        return json_of(self._call("DELETE", path, None))

    def post(self, path: str, body: Any, *, again: bool = False) -> Any:
        """Post `body`. Only with `again` may it be posted twice.

        Else what is uncertain is reported as such.
        """
        return json_of(self._call("POST", path, body, again=again))

    def pages(self, path: str, next_of: Callable[[Any], str | None] | None = None) -> Iterator[Any]:
        """The JSON of every page of the list at `path`.

        `next_of` finds in it the path or address of the next, if any; else the Link header does.
        """
        following: str | None = path
        for _ in range(MOST_PAGES):
            if not following:
                return
            answer = self._call("GET", following, None)
            data = json_of(answer)
            yield data
            following = next_of(data) if next_of else answer.links.get("next", {}).get("url")
        if following:
            raise Refused(f"GET {where(path)}: more than {MOST_PAGES} pages")

    def rest(self) -> None:
        """Wait a moment, until what a server has begun is done."""
        self._sleep(2 * FIRST_PAUSE)

    def _call(self, method: str, path: str, body: Any, *, again: bool = True) -> requests.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(method, path, body)
            except Busy as busy:
                refused = busy.refused
                pause = FIRST_PAUSE * 2 ** (attempt - 1) if busy.pause is None else busy.pause
                if (
                    attempt == ATTEMPTS
                    or pause > LONGEST_PAUSE
                    or (refused.uncertain and not again)
                ):
                    raise refused from None
                self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, path: str, body: Any) -> requests.Response:
        url, named = self._url(path), f"{method} {where(path)}"
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._send(method, url, body, named)
            if answer.status_code not in (301, 302, 303, 307, 308):
                return self._accepted(answer, named)
            url = self._url(urljoin(url, answer.headers.get("Location", "")))
        raise Refused(f"{named}: redirected more than {MOST_REDIRECTS} times", answer.status_code)

    def _send(self, method: str, url: str, body: Any, named: str) -> requests.Response:
        try:
            # Authorization stands in `auth`, for else requests would put what ~/.netrc says in its
            # place.
            return self._session.request(
                method,
                url,
                json=body,
                auth=self._sign,
                timeout=self._timeout,
                allow_redirects=False,
                proxies=self._proxies,
            )
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            raise Busy(
                Refused(f"{named}: no answer ({type(error).__name__})", uncertain=True)
            ) from None
        except (requests.RequestException, UnicodeError) as error:
            raise Refused(f"{named}: not sent ({type(error).__name__})") from None

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request

    def _accepted(self, answer: requests.Response, named: str) -> requests.Response:
        status = answer.status_code
        if status < 300:
            return answer
        refused = Refused(
            f"{named}: {status} {self._reason(answer)}".rstrip(), status, uncertain=status >= 500
        )
        limited = status == 429 or (status == 403 and "Retry-After" in answer.headers)
        if limited or status >= 500:
            raise Busy(refused, seconds(answer.headers.get("Retry-After")))
        raise refused

    def _reason(self, answer: requests.Response) -> str:
        try:
            text = reason(answer.json())
        except ValueError:
            text = answer.reason or ""
        for secret in secrets(self._headers):
            text = text.replace(secret, "***")
        return text[:LONGEST_REASON]

    def _url(self, path: str) -> str:
        if not re.match(r"[a-z][a-z0-9+.-]*:|//", path, re.IGNORECASE):
            return f"{self.base}/{path.lstrip('/')}"
        if origin(path) != origin(self.base):
            raise Refused(f"{where(self.base)}: a link leads to another host; not followed")
        return path


class Busy(Exception):
    """A call that may work later, in `pause` seconds where the server says so."""

    def __init__(self, refused: Refused, pause: float | None = None) -> None:
        super().__init__(str(refused))
        self.refused, self.pause = refused, pause


def secrets(headers: Mapping[str, str]) -> list[str]:
    """What of `headers` must not be printed, the longest first."""
    words = [word for header in headers.values() for word in (header, header.rpartition(" ")[2])]
    pairs = [
        b64decode(header.rpartition(" ")[2]).decode()
        for header in headers.values()
        if header.startswith("Basic ")
    ]
    return sorted(
        {*words, *pairs, *(pair.partition(":")[2] for pair in pairs)} - {""}, key=len, reverse=True
    )


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of `url`.

    A user name makes it another one: parsers differ on where such a name ends.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ("", "", None)
    user = "@" if "@" in parts.netloc else ""
    return (parts.scheme, user + (parts.hostname or ""), port)
