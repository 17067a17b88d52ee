"""Pictures for terminals, decoded as terminals decode them."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image, ImageChops, ImageStat

from imgsimd.cli import drawing
from imgsimd.cli.drawing import NUMBERS, PLACEHOLDER, Drawing
from imgsimd.cli.graphics import Graphics, Screen
from tests.support import terminal_pictures

CELL = (8, 16)


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Four by three, in all colours."""
    gradient = Image.linear_gradient("L").resize((400, 300))
    turned = gradient.transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(90).resize((400, 300))
    return Image.merge("RGB", [gradient, turned, ImageChops.invert(gradient)])


def jpeg(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "jpeg", quality=95)
    return content.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean of all pixels and colours, of 255 steps."""
    return max(ImageStat.Stat(ImageChops.difference(one, other.resize(one.size))).mean)


@pytest.fixture(autouse=True)
def all_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_has_all_colours", lambda: True)
    drawing._code.cache_clear()


def test_kitty_gets_the_picture_as_png_in_parts_and_answers_nothing(picture: Image.Image) -> None:
    drawn = Drawing(Screen(Graphics.KITTY, CELL), 80).drawn(jpeg(picture))
    ((keys, shown),) = terminal_pictures.of_kitty(drawn.over.encode())
    assert (keys["a"], keys["f"], keys["q"]) == ("T", "100", "2")
    assert shown.size == (128, 96)
    assert difference(shown, picture) < 3
    assert drawn.lines == (" " * 16,) * 6


def test_sixel_draws_the_picture(picture: Image.Image) -> None:
    drawn = Drawing(Screen(Graphics.SIXEL, CELL), 80).drawn(jpeg(picture))
    (shown,) = terminal_pictures.of_sixel(drawn.over.encode())
    assert shown.size == (128, 96)
    assert difference(shown, picture) < 12  # 256 colours


def test_half_blocks_are_two_pixels_each(picture: Image.Image) -> None:
    drawn = Drawing(Screen(Graphics.BLOCKS), 80).drawn(jpeg(picture))
    shown = terminal_pictures.of_blocks(list(drawn.lines))
    assert shown.size == (20, 16)
    assert difference(shown, picture) < 6
    assert (drawn.before, drawn.over) == ("", "")


def test_tmux_gets_characters_that_stand_for_the_picture(picture: Image.Image) -> None:
    drawn = Drawing(Screen(Graphics.PLACEHOLDERS, CELL), 80).drawn(jpeg(picture))
    passed = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", drawn.before)
    sent = "".join(passed).replace("\x1b\x1b", "\x1b")
    ((keys, shown),) = terminal_pictures.of_kitty(sent.encode())
    assert (keys["U"], keys["c"], keys["r"], keys["q"]) == ("1", "16", "6", "2")
    assert difference(shown, picture) < 3
    cells = [re.findall(f"{PLACEHOLDER}(.)(.)(.)", line) for line in drawn.lines]
    assert [[(NUMBERS.index(r), NUMBERS.index(c)) for r, c, _ in row] for row in cells] == [
        [(row, column) for column in range(16)] for row in range(6)
    ]
    (low,) = {re.match(r"\x1b\[38;5;(\d+)m", line)[1] for line in drawn.lines}  # type: ignore[index]
    (high,) = {NUMBERS.index(accent) for row in cells for _, _, accent in row}
    assert int(keys["i"]) == high << 24 | int(low)


def test_pictures_in_tmux_have_different_numbers(picture: Image.Image) -> None:
    made = Drawing(Screen(Graphics.PLACEHOLDERS, CELL), 80)
    small = jpeg(picture.resize((4, 3)))
    numbers = {re.search(r"i=(\d+)", made.drawn(small).before)[1] for _ in range(600)}  # type: ignore[index]
    assert len(numbers) == 600


@pytest.mark.parametrize("graphics", list(Graphics))
@pytest.mark.parametrize("columns", [8, 40, 80, 300])
def test_each_line_is_as_wide_as_all_pictures_are(graphics: Graphics, columns: int) -> None:
    made = Drawing(Screen(graphics, CELL), columns)
    sizes = [(1, 1), (3000, 20), (20, 3000), (300, 400)]
    drawn = [made.drawn(jpeg(Image.new("RGB", size, "red"))) for size in sizes]
    assert all(1 <= len(each.lines) <= 8 for each in drawn)
    for line in (line for each in drawn for line in each.lines):
        text = re.sub(f"\x1b\\[[\\d;]*m|[{NUMBERS}]", "", line)
        assert len(text) == made.columns <= columns / 4


def test_a_terminal_of_256_colours_gets_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_has_all_colours", lambda: False)
    drawn = Drawing(Screen(Graphics.BLOCKS), 80).drawn(jpeg(Image.new("RGB", (40, 30), "red")))
    assert "\x1b[38;5;196;48;5;196m" in drawn.lines[0]


def test_what_is_no_jpeg_is_not_decoded() -> None:
    png = io.BytesIO()
    Image.new("RGB", (4, 3)).save(png, "png")
    with pytest.raises(OSError, match="identify"):
        Drawing(Screen(Graphics.BLOCKS), 80).drawn(png.getvalue())
