"""What people do to photos: copies of a picture, each kind a function of its pixels.

Pixels are RGB. Chance (where a crop lies, what a caption says) comes from the generator passed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

PixelArray: TypeAlias = NDArray[np.uint8]
Alteration: TypeAlias = Callable[[PixelArray, np.random.Generator], PixelArray]
Quad: TypeAlias = NDArray[np.float32]

PHONE = (1080, 2340)
"""Pixels of a phone's screen."""
WORDS = "when you see it", "summer 2019", "#nofilter", "best day ever", "look at this"


def recompressed(pixels: PixelArray, _: np.random.Generator, quality: int = 30) -> PixelArray:
    file = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(file, cv2.IMREAD_COLOR)
    assert decoded is not None
    return _pixels(decoded)


def mirrored(pixels: PixelArray, _: np.random.Generator) -> PixelArray:
    return np.ascontiguousarray(pixels[:, ::-1])


def scaled(pixels: PixelArray, scale: float) -> PixelArray:
    height, width = pixels.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return _pixels(cv2.resize(pixels, size, interpolation=how))


def half_size(pixels: PixelArray, _: np.random.Generator) -> PixelArray:
    return scaled(pixels, 0.5)


def thumbnail(pixels: PixelArray, _: np.random.Generator) -> PixelArray:
    return scaled(pixels, 128 / max(pixels.shape))


def brighter(pixels: PixelArray, _: np.random.Generator) -> PixelArray:
    return _pixels(cv2.convertScaleAbs(pixels, alpha=1.15, beta=25))


def grey(pixels: PixelArray, _: np.random.Generator) -> PixelArray:
    return _pixels(cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))


def rotated(
    pixels: PixelArray, _: np.random.Generator, degrees: float = 10, fill: int = cv2.BORDER_CONSTANT
) -> PixelArray:
    """Clockwise, within the frame."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -degrees, 1)
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=fill)
    return _pixels(turned)


def rotated_and_filled(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    return rotated(pixels, rng, fill=cv2.BORDER_REFLECT)


def straightened(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Turned by 3 degrees, and cropped so that no corner is empty."""
    return centre(rotated(pixels, rng, degrees=3), rng, share=0.88)


def turned(quarters: int) -> Alteration:
    """Clockwise."""
    return lambda pixels, _: np.ascontiguousarray(np.rot90(pixels, -quarters))


def cut(pixels: PixelArray, left: float, top: float, width: float, height: float) -> PixelArray:
    """A crop, as shares of the picture."""
    high, wide = pixels.shape[:2]
    y, x = round(top * high), round(left * wide)
    rows, columns = max(1, round(height * high)), max(1, round(width * wide))
    return pixels[y : y + rows, x : x + columns].copy()


def centre(pixels: PixelArray, _: np.random.Generator, share: float = 0.6) -> PixelArray:
    return cut(pixels, (1 - share) / 2, (1 - share) / 2, share, share)


def centre_80(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    return centre(pixels, rng, share=0.8)


def corner(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Half of each side."""
    left, top = rng.integers(0, 2, 2) / 2
    return cut(pixels, left, top, 0.5, 0.5)


def anywhere(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """Half of each side."""
    left, top = rng.random(2) / 2
    return cut(pixels, left, top, 0.5, 0.5)


def bordered(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """A frame of one colour, a tenth of the short side wide."""
    colour = [(255, 255, 255), (0, 0, 0), (200, 180, 140)][rng.integers(3)]
    width = max(1, min(pixels.shape[:2]) // 10)
    framed = cv2.copyMakeBorder(
        pixels, width, width, width, width, cv2.BORDER_CONSTANT, value=colour
    )
    return _pixels(framed)


def captioned(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """A white band with words below."""
    height, width = pixels.shape[:2]
    band = np.full((max(8, height // 6), width, 3), 255, np.uint8)
    _write(band, rng, (0, 0, 0))
    return np.vstack([pixels, band])


def lettered(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """White words on the picture, near its lower edge."""
    picture = pixels.copy()
    _write(picture[-max(8, len(picture) // 6) :], rng, (255, 255, 255))
    return picture


def _write(band: PixelArray, rng: np.random.Generator, colour: tuple[int, int, int]) -> None:
    words = WORDS[rng.integers(len(WORDS))]
    (width, height), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, 1, 2)
    size = min(band.shape[1] * 0.9 / width, len(band) * 0.6 / height)
    at = round(band.shape[1] * 0.05), round(len(band) * 0.75)
    thick = max(1, round(2 * size))
    cv2.putText(band, words, at, cv2.FONT_HERSHEY_DUPLEX, size, colour, thick, cv2.LINE_AA)


def screenshot(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """On a phone's screen: the photo as wide as the screen, bars and buttons above and below."""
    width, height = PHONE
    is_dark = bool(rng.integers(2))
    paper, ink = ((12, 12, 14), (240, 240, 240)) if is_dark else ((250, 250, 250), (30, 30, 30))
    screen = np.full((height, width, 3), paper, np.uint8)
    photo = scaled(pixels, min(width / pixels.shape[1], 0.75 * height / pixels.shape[0]))
    top = (height - photo.shape[0]) // 2
    left = (width - photo.shape[1]) // 2
    screen[top : top + photo.shape[0], left : left + photo.shape[1]] = photo
    cv2.putText(screen, "9:41", (60, 90), cv2.FONT_HERSHEY_DUPLEX, 1.6, ink, 3, cv2.LINE_AA)
    for number in range(3):
        cv2.circle(screen, (900 + 55 * number, 75), 18, ink, -1, cv2.LINE_AA)
    for number in range(5):
        cv2.circle(screen, (130 + 205 * number, height - 130), 42, ink, 6, cv2.LINE_AA)
    return screen


def photo_of_a_screen(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
    """A camera's look at a screen: perspective, the screen's rows and columns, another gamma,
    a black rim and a dim room around, noise, and a JPEG."""
    shown = scaled(pixels, 900 / max(pixels.shape))
    height, width = shown.shape[:2]
    rim = cv2.copyMakeBorder(shown, 25, 25, 25, 25, cv2.BORDER_CONSTANT, value=(8, 8, 8))
    light = (_pixels(rim).astype(np.float32) / 255) ** rng.uniform(0.75, 1.35) * 235 + 12
    light[::3] *= 0.86
    light[:, ::3, 0] *= 0.9
    light[:, 1::3, 1] *= 0.9
    size = width + 200, height + 200
    room = np.full((size[1], size[0], 3), rng.uniform(30, 110, 3), np.float32)
    view = _perspective(rim.shape[1], rim.shape[0], size, rng)
    cv2.warpPerspective(light, view, size, room, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    room += rng.normal(0, 4, room.shape)
    blurred = cv2.GaussianBlur(room, (0, 0), 0.7)
    return recompressed(_pixels(np.clip(blurred, 0, 255)), rng, quality=80)


def _perspective(
    width: int, height: int, size: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Where a camera that is not quite in front sees a screen."""
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shift = (np.array(size) - (width, height)) / 2
    seen = flat + shift + rng.uniform(-0.05, 0.05, (4, 2)) * (width, height)
    return cv2.getPerspectiveTransform(flat, seen.astype(np.float32)).astype(np.float64)


def after(*alterations: Alteration) -> Alteration:
    """One after the other."""

    def all_of_them(pixels: PixelArray, rng: np.random.Generator) -> PixelArray:
        for alteration in alterations:
            pixels = alteration(pixels, rng)
        return pixels

    return all_of_them


def _pixels(picture: cv2.typing.MatLike) -> PixelArray:
    return picture.astype(np.uint8, copy=False)


TEN: dict[str, Alteration] = {
    "JPEG quality 30": recompressed,
    "mirrored": mirrored,
    "half size": half_size,
    "brighter": brighter,
    "rotated by 10 degrees": rotated,
    "centre 80 %": centre_80,
    "thumbnail of 128 pixels": thumbnail,
    "grey": grey,
    "centre 60 %": centre,
    "turned by 90 degrees": turned(1),
}
"""The kinds that the built-in model was measured with."""
MORE: dict[str, Alteration] = {
    "turned by 180 degrees": turned(2),
    "turned by 270 degrees": turned(3),
    "rotated, corners filled": rotated_and_filled,
    "straightened": straightened,
    "corner, half of each side": corner,
    "anywhere, half of each side": anywhere,
    "border": bordered,
    "caption below": captioned,
    "caption on it": lettered,
    "screenshot on a phone": screenshot,
    "photo of a screen": photo_of_a_screen,
    "crop, JPEG, brighter": after(centre_80, brighter, recompressed),
    "mirrored, half size": after(mirrored, half_size),
    "grey, turned, JPEG": after(grey, turned(1), recompressed),
    "border, half size, JPEG": after(bordered, half_size, recompressed),
    "crop, screenshot": after(centre_80, screenshot),
}
"""Others, and several at once."""
