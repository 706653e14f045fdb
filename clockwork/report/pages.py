"""What the pages share: one file each, with its style and figures inside; they run nothing."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from clockwork.report import phrases

HERE = Path(__file__).parent


def rendered(template: str, **named: object) -> str:
    """The page that `template` makes of what is `named`, all of which it takes as text."""
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "short": phrases.short,
        "plain": phrases.plain,
        "words": phrases.metric,
        "setting": phrases.setting,
        "rate": _rate,
    }
    style = Markup((HERE / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our file
    return environment.get_template(template).render(style=style, NOTHING=phrases.NOTHING, **named)


def _rate(part: float) -> str:
    return f"{100 * part:.3g} %"


def drawn(svg: str) -> Markup:
    """A figure of ours, which is no text."""
    return Markup(svg)  # noqa: S704 - drawn by us; matplotlib escapes the names in it
