"""What hinders a verdict, on one screen: each check a line, what needs doing with its remedy."""

from collections.abc import Callable, Iterator

from clockwork.compare.preflight import check_settings
from clockwork.doctor import engine, repository, rows, services
from clockwork.doctor.need import Found, Need
from clockwork.support.checkout import Checkout
from clockwork.support.errors import BadInput


def settings(checkout: Checkout) -> Found:
    """Whether the settings in `checkout` can be read and fit each other."""
    check_settings(checkout.root)
    return Found("configs/ can be read")


Check = Callable[[Checkout], Found]
CHECKS: dict[str, Check] = {
    "settings": settings,
    "rows": rows.look,
    "engine": engine.engine,
    "demo": engine.demo,
    "history": repository.history,
    "locks": repository.locks,
    "ci": repository.ci,
    "mlflow": services.mlflow,
    "remote": services.remote,
}


def examine(check: Check, checkout: Checkout) -> Found:
    """What `check` finds in `checkout`; a check that cannot run is something that needs doing."""
    try:
        return check(checkout)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other checks go on
        reason = str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"
        return Found("", (Need("not checked", reason, "correct that first"),))


def doctor(checkout: Checkout) -> Iterator[tuple[str, Found]]:
    """What each check finds in `checkout`, one after the other."""
    for name, check in CHECKS.items():
        yield name, examine(check, checkout)


def lines(name: str, one: Found) -> list[str]:
    """What a check has found, as lines for people."""
    return [f"to do  {name:<9} {need}" for need in one.needs] or [f"ok     {name:<9} {one.fact}"]
