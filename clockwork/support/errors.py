"""What a user did wrong, in one line; all else is a defect of ours and keeps its traceback."""

import errno
import io
import re
import sys
import traceback
from collections.abc import Callable, Sequence


class BadInput(Exception):
    """Wrong use or bad input. The message is one line that names the file, key and remedy."""


class BadRows(BadInput):
    """Bad input in a column or row. The message lacks the file, which `validate` puts before it."""


def one_line(error: BadInput) -> str:
    """The message of `error` on a single line, as it is printed."""
    return "error: " + printable(" ".join(str(error).split()))


def printable(text: str) -> str:
    """`text` with what would steer a terminal written out, as `\\x1b`: data is only ever shown."""
    return STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def named(names: Sequence[str], most: int = 5) -> str:
    """The first of `names` for a message, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def exit_on_bad_input(main: Callable[[], int]) -> int:
    """Run `main` and give its exit code; bad input, or no room for outputs, is one line and code 2.

    Anything else that is raised is a defect of ours: its traceback, and code 70. Ctrl-C is none: no
    line, and code 130. What a terminal cannot show ends nothing: it gets other characters instead.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return main()
    except BadInput as error:
        print(one_line(error), file=sys.stderr)  # noqa: T201
    except OSError as error:
        if error.errno not in NO_PLACE:
            traceback.print_exc()
            return DEFECT
        print(  # noqa: T201
            f"error: {error.filename or 'build/'}: {error.strerror}; make room for the outputs",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        return 130
    except Exception:  # noqa: BLE001 - a defect of ours must not end like a verdict
        traceback.print_exc()
        return DEFECT
    return 2


DEFECT = 70
# Control characters but tab and newline, those that turn the direction of text, and halves of
# characters.
STEERING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
NO_PLACE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EEXIST,
}
