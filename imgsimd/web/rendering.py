"""Makes HTML of templates. Every text that a template shows is escaped and printable, whatever it
is: file names may be anything."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from datetime import datetime

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from imgsimd import __version__
from imgsimd.client.images import Dated, date_of
from imgsimd.words import counted, of_bytes, printable, quoted

_CODE = re.compile("`([^`]+)`|(?<=: )(imgsimctl [^`]+)$")
TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")


class Rendering:
    """The templates, and the filters that they have."""

    def __init__(self, navigation: Sequence[tuple[str, str]]) -> None:
        """`navigation` has the address and the name of each page that every page links to."""
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_shown,
            auto_reload=False,
        )
        self._environment.globals.update(navigation=navigation, version=__version__)
        self._environment.filters.update(
            bytes=of_bytes,
            number=number,
            counted=counted,
            pixels=pixels,
            distance=distance,
            similarity=similarity,
            day=day,
            name=name,
            folder=folder,
            last_folder=last_folder,
            folder_above=folder_above,
            date=date,
            short=short,
            json=as_json,
            commands=commands,
            pasted=pasted,
        )

    def html(self, template: str, **context: object) -> str:
        """What the template makes of its context. It can always be encoded as UTF-8."""
        return self._environment.get_template(template).render(context)


def _shown(value: object) -> object:
    """Text in one line, without characters that browsers obey. HTML that a filter or macro has
    made stays as it is."""
    return printable(value) if type(value) is str else value


def number(value: int) -> str:
    """`1,187`."""
    return f"{value:,}"


def pixels(size: Sequence[int] | None) -> str:
    """Width and height, as `4000 x 3000`; empty where they are not known."""
    return f"{size[0]} x {size[1]}" if size else ""


def distance(value: float) -> str:
    """`0.372`."""
    return f"{value:.3f}"


def similarity(value: float) -> str:
    """`93.1 %`. A negative cosine counts as 0."""
    return f"{max(0.0, value):.1%}".replace("%", " %")


def day(value: str | None) -> str:
    """Of a time in ISO 8601, the day: `31 May 2021`; empty where it is not known."""
    return f"{datetime.fromisoformat(value):%-d %B %Y}" if value else ""


def date(photo: Dated) -> str:
    """The day on which a photo was taken, or else its file was last written."""
    return day(date_of(photo))


def name(path: str) -> str:
    """The last part of a path."""
    return os.path.basename(path) or path


def folder(path: str) -> str:
    """The folder that a file lies in, below `~` where it can be."""
    return short(os.path.dirname(path))


def last_folder(path: str) -> str:
    """The name of the folder that a file lies in."""
    return name(os.path.dirname(path))


def folder_above(path: str) -> str:
    """Where that folder lies, below `~` where it can be; empty for `/`."""
    above = os.path.dirname(os.path.dirname(path))
    return "" if above == "/" else short(above)


def short(path: str) -> str:
    """A path below `~` where it can be."""
    home = os.path.expanduser("~").rstrip("/")
    return f"~{path[len(home) :]}" if home and f"{path}/".startswith(f"{home}/") else path


def pasted(path: str) -> str:
    """A path to be copied: as it is, or, where it has characters that cannot be seen or encoded, as
    a word for the shell."""
    return path if printable(path) == path else quoted(path)


def commands(sentence: str) -> Markup:
    """A sentence of the daemon; what it has in backticks, and a command at its end, as code."""
    return Markup(_CODE.sub(r"<code>\1\2</code>", str(escape(printable(sentence)))))  # noqa: S704 - escaped


def as_json(value: object) -> Markup:
    """For an attribute that a script reads with JSON.parse: the very value, names that are not
    UTF-8 included."""
    return escape(json.dumps(value, ensure_ascii=True))
