"""Thumbnails beside what is listed: the option, what is remembered of it, and where they come from.

The daemon's thumbnails are fetched several at a time, and shown as they come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from imgsimd import locations
from imgsimd.cli import pager, standard_error, terminal
from imgsimd.cli.options import OUTPUT
from imgsimd.client import Client, Picture
from imgsimd.errors import ConfigError, ImgsimdError, NotInTimeError

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

    from imgsimd.cli.drawing import Drawing, Drawn, Thumbnails

SECTION, KEY = "terminal", "preview"
"""Where the configuration remembers it."""
AT_ONCE = 8
"""Thumbnails that are asked for at the same time; the daemon makes them on all its cores."""
NARROWEST = 40
"""Columns of a terminal in which both a thumbnail and its text can be told."""

Preview = Annotated[
    bool | None,
    typer.Option(
        "--preview/--no-preview",
        rich_help_panel=OUTPUT,
        help="On a terminal, a thumbnail beside each photo; remembered.",
    ),
]
Shown: TypeAlias = int | Picture
"""What a thumbnail can show: the image with this id, or a picture."""


class Previews:
    """Makes thumbnails for the terminal."""

    def __init__(self, client: Client, drawing: Drawing) -> None:
        self._client = client
        self._drawing = drawing

    @contextmanager
    def of(self, shown: Sequence[Shown]) -> Iterator[Thumbnails]:
        """Thumbnails of these, one after another, each as soon as it is there; an empty one where
        there is none."""
        from concurrent.futures import ThreadPoolExecutor  # logging: only where they are shown

        from imgsimd.cli.drawing import Thumbnails

        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            yield Thumbnails(self._drawing.columns, self._all_drawn(pool, shown))
        finally:
            pool.shutdown(cancel_futures=True)

    def _all_drawn(self, pool: Executor, shown: Sequence[Shown]) -> Iterator[Drawn]:
        """Asks for no more than are soon shown: the user may leave a long list early."""
        coming: deque[Future[Drawn]] = deque()
        for each in shown:
            coming.append(pool.submit(self._drawn, each))
            if len(coming) > AT_ONCE:
                yield coming.popleft().result()
        for future in coming:
            yield future.result()

    def _drawn(self, shown: Shown) -> Drawn:
        from imgsimd.cli.drawing import Drawn

        pixels = self._drawing.pixels
        with suppress(ImgsimdError, OSError):  # the list is worth more than its pictures
            if isinstance(shown, Picture):
                return self._drawing.drawn(self._client.thumbnail_of(shown, pixels))
            return self._drawing.drawn(self._client.thumbnail(shown, pixels))
        return Drawn()


def wanted(client: Client, chosen: bool | None) -> Previews | None:
    """The previews that the user wants, by the option or as the configuration remembers; None for
    none, and where there is no terminal, or one that cannot show them. What was chosen on a
    terminal is remembered.

    From now on, lists with pictures that are not text are not paged: no pager passes them on.
    """
    if not terminal.obeys():
        return None
    remembered = _remembered()
    if chosen is not None and chosen != remembered:
        _remember(chosen)
    is_wanted = remembered if chosen is None else chosen
    if not is_wanted or terminal.columns() < NARROWEST:
        return None
    from imgsimd.cli import graphics  # only where pictures are shown
    from imgsimd.cli.drawing import Drawing

    if (screen := graphics.find()) is None:
        return None
    drawing = Drawing(screen, terminal.columns())
    if not drawing.is_text:
        pager.turn_off()
    return Previews(client, drawing)


def _remembered() -> bool:
    with suppress(ConfigError):  # the daemon tells of it
        section = locations.read_toml(locations.find().config).get(SECTION)
        return isinstance(section, dict) and section.get(KEY) is True
    return False


def _remember(chosen: bool) -> None:
    from imgsimd.cli import config_file  # tomlkit: rarely needed

    try:
        with config_file.setting_preview(locations.find().config, chosen):
            pass
    except (ConfigError, NotInTimeError) as error:
        standard_error.note(f"This choice is not remembered. {error}")
