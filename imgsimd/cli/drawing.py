"""Draws small pictures on the terminal, as it can show them."""

from __future__ import annotations

import io
import random
from base64 import standard_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING

from imgsimd.cli import sixel, terminal
from imgsimd.cli.graphics import Graphics, Screen

if TYPE_CHECKING:
    from PIL import Image

LARGEST = {Graphics.BLOCKS: (24, 8)}
"""The columns and rows of a picture at most: half blocks have so few pixels that a smaller one
would not be recognised."""
USUAL = (16, 6)
"""For pictures with pixels of their own: 4:3 if characters are twice as high as wide, as most."""
CHUNK = 4096
"""Bytes that one of Kitty's sequences may carry."""
PLACEHOLDER = "\U0010eeee"
NUMBERS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f"
    "\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
)
"""The accents that stand for 0, 1, ... in Kitty's placeholders: rowcolumn-diacritics.txt."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, for the left edge of some lines: what stands there in each of them, `columns`
    wide; what is sent before them; and what is drawn over them from their top left corner."""

    lines: tuple[str, ...] = ()
    before: str = ""
    over: str = ""


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Pictures for the rows of a table, one after another, of so many columns each."""

    columns: int
    drawn: Iterator[Drawn]


class Drawing:
    """Draws on one terminal."""

    def __init__(self, screen: Screen, columns: int) -> None:
        """It has so many columns; pictures get a quarter of them at most."""
        most, self._rows = LARGEST.get(screen.graphics, USUAL)
        self.columns = min(most, columns // 4)
        self.is_text = screen.graphics is Graphics.BLOCKS
        """Whether it uses nothing but characters and colours, which pass through a pager."""
        self._screen = screen
        self._numbers = _numbers()

    @property
    def pixels(self) -> int:
        """The pixels that the longer side of a picture should have at least."""
        width, height = (4, 8) if self.is_text else self._screen.cell
        return max(self.columns * width, self._rows * height)

    def drawn(self, jpeg: bytes) -> Drawn:
        """The picture, as large as fits. Raises OSError where it cannot be decoded."""
        from PIL import Image  # only where pictures are shown

        image = Image.open(io.BytesIO(jpeg), formats=["JPEG"]).convert("RGB")
        if self.is_text:
            return self._blocks(image)
        width, height = self._screen.cell
        image = _fitted(image, self.columns * width, self._rows * height)
        columns, rows = -(-image.width // width), -(-image.height // height)
        if self._screen.graphics is Graphics.PLACEHOLDERS:
            return self._placeholders(image, columns, rows)
        is_sixel = self._screen.graphics is Graphics.SIXEL
        over = sixel.encoded(image).decode() if is_sixel else "".join(_kitty(image, "a=T"))
        return Drawn((" " * self.columns,) * rows, over=over)

    def _blocks(self, image: Image.Image) -> Drawn:
        """Each character is two pixels, the upper one its own colour, the lower one that behind."""
        image = _fitted(image, self.columns, self._rows * 2, 2)
        margin = " " * (self.columns - image.width)
        rows = _rows(image)
        lines = []
        for upper, lower in zip(rows[::2], rows[1::2], strict=True):
            cells = (
                f"\x1b[38;{_code(u)};48;{_code(w)}m\u2580"
                for u, w in zip(upper, lower, strict=True)
            )
            lines.append("".join(cells) + f"\x1b[0m{margin}")
        return Drawn(tuple(lines))

    def _placeholders(self, image: Image.Image, columns: int, rows: int) -> Drawn:
        """The picture gets a number, which is the colour of the characters that stand for it, and
        the third accent. A colour of the palette passes through any tmux, others may not."""
        high, low = next(self._numbers)
        sent = _kitty(image, f"a=T,U=1,i={high << 24 | low},c={columns},r={rows}")
        margin = " " * (self.columns - columns)
        lines = []
        for row in range(rows):
            accents = (NUMBERS[row] + NUMBERS[column] for column in range(columns))
            cells = "".join(f"{PLACEHOLDER}{each}{NUMBERS[high]}" for each in accents)
            lines.append(f"\x1b[38;5;{low}m{cells}\x1b[39m{margin}")
        return Drawn(tuple(lines), before="".join(map(_through_tmux, sent)))


def _fitted(image: Image.Image, width: int, height: int, multiple: int = 1) -> Image.Image:
    """The image in its proportions, as large as fits, its height a multiple of so many pixels."""
    share = min(width / image.width, height / image.height)
    rows = max(1, round(image.height * share / multiple)) * multiple
    return image.resize((max(1, round(image.width * share)), min(rows, height)))


def _rows(image: Image.Image) -> list[list[bytes]]:
    """The pixels, each as red, green and blue."""
    content, width = image.tobytes(), 3 * image.width
    rows = [content[start : start + width] for start in range(0, len(content), width)]
    return [[row[start : start + 3] for start in range(0, width, 3)] for row in rows]


def _kitty(image: Image.Image, wish: str) -> Iterator[str]:
    """The sequences of Kitty's protocol that send a picture. The terminal does not answer."""
    png = io.BytesIO()
    image.save(png, "png", compress_level=1)
    content = standard_b64encode(png.getvalue()).decode()
    parts = [content[start : start + CHUNK] for start in range(0, len(content), CHUNK)]
    for number, part in enumerate(parts):
        keys = f"{wish},f=100,q=2," if number == 0 else "q=2,"
        yield f"\x1b_G{keys}m={int(number < len(parts) - 1)};{part}\x1b\\"


def _through_tmux(sequence: str) -> str:
    escaped = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{escaped}\x1b\\"


def _numbers() -> Iterator[tuple[int, int]]:
    """Numbers for pictures, as accent and colour, from a place that other programs hardly use at
    the same time."""
    begin = random.randrange(len(NUMBERS))  # noqa: S311 - no secret
    for number in count():
        high, low = divmod(number, 240)
        yield (begin + high) % len(NUMBERS), 16 + low


@lru_cache(4096)
def _code(colour: bytes) -> str:
    """What selects a colour, or the nearest one that the terminal has."""
    red, green, blue = colour
    if _has_all_colours():
        return f"2;{red};{green};{blue}"
    from rich.color import Color, ColorSystem

    return f"5;{Color.from_rgb(red, green, blue).downgrade(ColorSystem.EIGHT_BIT).number}"


@lru_cache(1)
def _has_all_colours() -> bool:
    return terminal.console().color_system == "truecolor"
