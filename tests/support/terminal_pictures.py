"""The pictures among what a terminal gets, decoded from Kitty's protocol, Sixel and half blocks."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator

from PIL import Image

KITTY = re.compile(rb"\x1b_G([^;\x1b]*);([^\x1b]*)\x1b\\")
SIXEL = re.compile(rb'\x1bP[\d;]*q"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\')
_BLOCK = re.compile(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m\u2580")
_SIXEL_PART = re.compile(rb"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)(.)|(\$)|(-)|([?-~])", re.DOTALL)


def of_kitty(content: bytes) -> Iterator[tuple[dict[str, str], Image.Image]]:
    """Each picture, and the keys of its first part. Questions carry none."""
    keys: dict[str, str] = {}
    whole = b""
    for head, part in KITTY.findall(content):
        said = dict(pair.split("=") for pair in head.decode().split(","))
        if said.get("a") == "q":
            continue
        assert len(part) <= 4096
        keys, whole = keys or said, whole + part
        if said["m"] == "0":
            yield keys, Image.open(io.BytesIO(base64.b64decode(whole, validate=True)))
            keys, whole = {}, b""
    assert not whole


def of_sixel(content: bytes) -> Iterator[Image.Image]:
    """Each picture."""
    for width, height, drawn in SIXEL.findall(content):
        yield _decoded(int(width), int(height), drawn)


def _decoded(width: int, height: int, drawn: bytes) -> Image.Image:
    image, colours = Image.new("RGB", (width, height)), dict[int, tuple[int, ...]]()
    x = y = colour = end = 0
    for part in _SIXEL_PART.finditer(drawn):
        assert part.start() == end, "something that is no part of a sixel"
        end = part.end()
        if part[1]:
            colour = int(part[1])
            if part[2]:
                colours[colour] = tuple(round(int(part[n]) * 2.55) for n in (2, 3, 4))
        elif part[7]:
            x = 0
        elif part[8]:
            x, y = 0, y + 6
        else:
            count, letter = (int(part[5]), part[6]) if part[5] else (1, part[9])
            for column in range(x, x + count):
                for row in range(6):
                    if (letter[0] - 63) >> row & 1:
                        image.putpixel((column, y + row), colours[colour])
            x += count
    assert end == len(drawn)
    return image


def of_blocks(lines: list[str]) -> Image.Image:
    """The one picture in these lines, two of its rows in each."""
    pairs = [
        [tuple(map(int, cell)) for cell in _BLOCK.findall(line)]
        for line in lines
        if "\u2580" in line
    ]
    image = Image.new("RGB", (len(pairs[0]), 2 * len(pairs)))
    for row, line in enumerate(pairs):
        for column, cell in enumerate(line):
            image.putpixel((column, 2 * row), cell[:3])
            image.putpixel((column, 2 * row + 1), cell[3:])
    return image
