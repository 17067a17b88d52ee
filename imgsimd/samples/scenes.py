"""The kinds of pictures that can be drawn; each call draws another picture of its kind."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from imgsimd.samples.canvas import Canvas, Colour, Plane, hsv

WHITE, DARK = (252, 252, 248), (38, 22, 40)


def sunset(c: Canvas) -> None:
    """The sun goes down in the sea, some with hills or a boat."""
    hue, horizon, x = c.between(-0.06, 0.05), c.between(0.58, 0.68), c.across(0.25)
    y = horizon - c.between(0.02, 0.2)
    pink, gold = hsv(0.93 + hue, 0.6, 0.75), hsv(0.12 + hue, 0.7, 1)
    c.gradient(hsv(0.72 + hue, 0.6, 0.35), pink, hsv(0.06 + hue, 0.8, 1), gold, gold, pink)
    c.cover(0.9 * np.clip(c.noise(4, 5) * 2.4 - 1.3, 0, 0.8), hsv(0.9 + hue, 0.55, 0.5))
    c.cover(0.8 * np.exp(-11 * ((c.x - x) ** 2 + (c.y - y) ** 2)), (255, 200, 110))
    c.disc(x, y, c.between(0.06, 0.1), (255, 244, 205))
    c.gradient(hsv(0.05 + hue, 0.6, 0.8), pink, hsv(0.7 + hue, 0.7, 0.2), top=horizon)
    for step in np.linspace(0, 1, 60) ** 1.5:
        reach, at = 0.02 + 0.12 * step, horizon + 0.005 + step * (1 - horizon)
        wide = c.between(0.3, 1) * reach
        colour = (255, 215 - 60 * step, 150 - 60 * step)
        c.disc(x + c.between(-reach, reach), at, wide, colour, 0.0035 / wide)
    if c.chance(0.6):
        hills = c.below(c.ridge(horizon - 0.03, 0.05, 1.5))
        c.cover(hills * (1 - c.below(horizon)), hsv(0.8 + hue, 0.6, 0.25))
    if c.chance(0.6):
        boat, size = (c.across(0.2), horizon + 0.04), c.between(0.06, 0.12)
        c.shape(((0, -2), (0, -0.2), (1, -0.2)), DARK, *boat, size)
        c.shape(((-0.1, -1.7), (-0.1, -0.2), (-0.7, -0.2)), DARK, *boat, size)
        c.shape(((-0.8, -0.1), (1.1, -0.1), (0.7, 0.2), (-0.5, 0.2)), DARK, *boat, size)


def mountain(c: Canvas) -> None:
    """Snowy peaks by day, behind woods and a meadow, some with a lake."""
    hue = c.between(0.55, 0.61)
    c.gradient(hsv(hue, c.between(0.5, 0.75), 0.85), hsv(hue, 0.12, 0.98))
    c.cover(0.9 * np.clip(c.noise(3, 2.5) * 2.2 - 1.2, 0, 1), WHITE)
    peak(c, 0.42, 1.4, hsv(hue, 0.3, 0.62), 0.46)
    peak(c, 0.56, 2.5, hsv(hue, 0.42, 0.45), 0.49)
    wood = c.below(c.ridge(0.7, 0.08, 2))
    c.cover(wood, hsv(0.38, 0.5, 0.27))
    c.cover(wood * c.noise(40, 0.5) * 0.6, hsv(0.34, 0.45, 0.5))
    if c.chance(0.4):
        c.mirror(0.74, 0.85)
    meadow = c.below(c.ridge(c.between(0.84, 0.93), 0.05, 1))
    c.cover(meadow, hsv(c.between(0.22, 0.3), 0.6, 0.55))
    c.cover(meadow * c.noise(20, 3) * 0.5, hsv(0.18, 0.6, 0.8))


def peak(c: Canvas, level: float, fine: float, rock: Colour, snowline: float) -> None:
    """A ridge of rock with a sunny and a shady side, white above the snow line."""
    line, crags, height = c.ridge(level, 0.3, fine), c.noise(6), len(c.pixels)
    slope = np.gradient(cv2.blur(line, (15, 1))[0]) * height
    column = (c.x + (c.y - line) * (crags - 0.5) * 1.5) * height
    lit = np.clip(0.55 + 0.5 * slope[np.clip(column.astype(int), 0, len(slope) - 1)], 0, 1)
    stone = c.below(line)
    c.cover(stone, rock)
    c.cover(stone * (1 - lit) * 0.4, (30, 36, 60))
    snow = stone * (1 - c.below(snowline + 0.26 * (crags - 0.5), 0.02))
    c.cover(snow * (0.45 + 0.55 * lit), WHITE)


def flower(c: Canvas) -> None:
    """One blossom or three, before a green blur."""
    c.gradient(hsv(0.27, 0.5, 0.55), hsv(0.33, 0.65, 0.22))
    for _ in range(40):
        bokeh = hsv(c.between(0.18, 0.38), c.between(0.3, 0.7), c.between(0.3, 0.8))
        c.disc(c.across(), c.between(0, 1), c.between(0.03, 0.1), bokeh)
    c.pixels[:] = cv2.GaussianBlur(c.pixels, (0, 0), 0.025 * len(c.pixels))
    hue, petals = c.rng.choice([0.0, 0.12, 0.6, 0.78, 0.88, 0.93]), int(c.rng.integers(6, 15))
    three = c.chance(0.5)
    for x, y in ((0.3, 0.35), (0.7, 0.3), (0.5, 0.68)) if three else ((0.5, 0.45),):
        size = (c.between(0.17, 0.21) if three else c.between(0.32, 0.4)) * min(1.0, c.aspect)
        bloom(c, x * c.aspect + c.between(-0.04, 0.04), y, size, hue, petals)


def bloom(c: Canvas, x: float, y: float, size: float, hue: float, petals: int) -> None:
    """One blossom on its stem: two wheels of petals and the middle, all paler further in."""
    c.shape(((-0.012, 0), (0.012, 0), (0.06, 1), (0.03, 1)), hsv(0.3, 0.7, 0.4), x, y)
    pale = c.between(0.1, 0.75)
    for reach, value in ((1.0, 0.82), (0.8, 1.0)):
        for angle in c.between(0, 360) + np.arange(petals) * 360 / petals:
            dx, dy = np.cos(np.radians(angle)) * size, np.sin(np.radians(angle)) * size
            for inner in np.linspace(0, 1, 7):
                colour = hsv(hue, pale + 0.25 * inner, value * (0.88 + 0.12 * inner))
                long, out = reach * size * (0.5 - 0.2 * inner), reach * (0.55 - 0.2 * inner)
                flat = 1.5 * size * (1 - 0.8 * inner) / petals / long
                c.disc(x + dx * out, y + dy * out, long, colour, flat, angle)
    for ring in np.linspace(1, 0.1, 8):
        c.disc(x, y, size * 0.24 * ring, hsv(0.11, 0.9, 0.95 - 0.3 * ring))


def city(c: Canvas) -> None:
    """Towers with lit windows, at night, by the water."""
    hue, shore = c.between(0.6, 0.75), c.between(0.76, 0.84)
    c.gradient(hsv(hue, 0.85, 0.1), hsv(hue + 0.05, 0.7, 0.3), hsv(hue + 0.2, 0.5, 0.5))
    if c.chance(0.5):
        c.disc(c.across(0.15), 0.15, 0.05, (245, 240, 220))
    for layer, tallest in enumerate((0.6, 0.5, 0.36)):
        x = c.between(-0.1, 0)
        while x < c.aspect:
            width = c.between(0.07, 0.15)
            top = shore - c.between(0.3, 1) * tallest
            c.box(x, top, width, 1 - top, hsv(hue, 0.55, 0.34 - 0.11 * layer))
            windows(c, x, top, width, shore, c.between(0.3, 0.75))
            x += width + c.between(0, 0.02)
    c.mirror(shore, 0.6)


def windows(c: Canvas, x: float, top: float, width: float, ground: float, busy: float) -> None:
    """Those of one tower; the share `busy` of them is lit."""
    columns = max(3, round(width / 0.022))
    for y in np.arange(top + 0.02, ground - 0.01, 0.024):
        for column in np.flatnonzero(c.rng.random(columns) < busy):
            light = hsv(c.between(0.09, 0.15), c.between(0.2, 0.7), c.between(0.7, 1))
            c.box(x + (column + 0.3) * width / columns, y, 0.009, 0.012, light)


def beach(c: Canvas) -> None:
    """Sand, surf and parasols, seen from above."""
    c.gradient(*[hsv(c.between(0.09, 0.12), c.between(0.25, 0.4), 0.93)] * 2)
    c.cover(c.noise(90, 1, 2) * 0.25, hsv(0.08, 0.5, 0.7))
    lean = c.between(-0.3, 0.3) * (c.x / c.aspect - 0.5)
    shore = cv2.blur(c.ridge(c.between(0.4, 0.55), 0.05, 2), (41, 1)) + lean
    c.cover((1 - c.below(shore + 0.05, 0.03)) * 0.4, hsv(0.09, 0.5, 0.6))
    c.cover(1 - c.below(shore), hsv(0.49, 0.45, 0.9))
    c.cover(2.2 * (shore - c.y), hsv(c.between(0.52, 0.56), 0.85, 0.72))
    swell, bubbles = 0.04 * c.noise(9, 2), c.noise(40)
    for away in (0.0, 0.05, 0.13, 0.24):
        foam = np.abs(c.y - shore + (0.6 + 3 * away) * swell + away) < 0.013 - 0.03 * away
        c.cover(foam * bubbles * (1.7 - 4 * away), WHITE)
    number = max(3, round(c.aspect * c.between(3, 6)))
    for place in range(number):
        x, y = (place + c.between(0.3, 0.7)) / number * c.aspect, c.between(0.7, 0.93)
        c.box(x + 0.085, y - 0.03, 0.04, 0.1, hsv(c.between(0, 1), 0.5, 0.95))
        parasol(c, x, y, c.between(0.055, 0.08), hsv(c.between(0, 1), 0.75, 0.9))


def parasol(c: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """One parasol and its shadow."""
    c.disc(x + 0.25 * size, y + 0.3 * size, size, (176, 148, 108))
    for part in range(10):
        ends = np.radians([36 * part, 36 * part + 18, 36 * part + 36])
        rim = np.stack([np.cos(ends), np.sin(ends)], 1)
        c.shape([(0, 0), *rim], colour if part % 2 else WHITE, x, y, size)
    c.disc(x, y, size * 0.08, WHITE)


def fabric(c: Canvas) -> None:
    """Tartan: the same stripes across and down, woven as twill."""
    hue = c.between(0, 1)
    hues = [hue, hue + c.rng.choice([0.08, 0.33, 0.5]), hue + c.rng.choice([0.15, 0.6])]
    dyes = [*(hsv(h, c.between(0.45, 0.85), c.between(0.45, 0.8)) for h in hues), WHITE, DARK]
    bands = [0, 4, *c.rng.choice(4, size=5, p=[0.4, 0.25, 0.2, 0.15])]
    stripes = [[dyes[band]] * int(c.rng.integers(2, 22)) for band in bands]
    sett = np.array([dye for stripe in stripes + stripes[::-1] for dye in stripe], np.float32)
    thread = len(c.pixels) / c.between(150, 260)
    down, across = (np.arange(n) // thread for n in c.pixels.shape[:2])
    weft, warp = (sett[n.astype(int) % len(sett)] for n in (down, across))
    over = (down[:, None] + across[None, :]) % 4 < 2
    c.pixels[:] = np.where(over[..., None], weft[:, None], warp[None, :])
    c.cover(0.2 * c.noise(3) + 0.1 * (down % 2)[:, None], DARK)


def balloons(c: Canvas) -> None:
    """Hot-air balloons over the country."""
    hue, number = c.between(0.53, 0.6), int(c.rng.integers(3, 6))
    c.gradient(hsv(hue, c.between(0.45, 0.7), 0.9), hsv(hue, 0.1, 1))
    c.cover(0.9 * np.clip(c.noise(3, 2) * 2 - 1, 0, 1), WHITE)
    c.cover(c.below(c.ridge(0.9, 0.04, 2)), hsv(0.3, 0.4, 0.6))
    c.cover(c.below(c.ridge(0.95, 0.03, 3)), hsv(0.27, 0.5, 0.45))
    sizes = c.rng.permutation(np.linspace(0.08, c.between(0.15, 0.19), number))
    for lane, size in enumerate(sizes):
        x = (lane + 0.5 + c.between(-0.15, 0.15)) / number * c.aspect
        balloon(c, x, c.between(0.25, 0.6), size)


def balloon(c: Canvas, x: float, y: float, size: float) -> None:
    """One balloon: gores of two colours, closing below, with a basket."""
    for side in (-0.15, 0.12):
        c.box(x + side * size, y + 1.2 * size, 0.03 * size, 0.45 * size, (70, 50, 40))
    c.box(x - 0.15 * size, y + 1.55 * size, 0.3 * size, 0.2 * size, (110, 70, 40))
    hue = c.between(0, 1)
    pair = hsv(hue, 0.85, 0.9), hsv(hue + c.rng.choice([0.1, 0.5]), c.rng.choice([0.1, 0.8]), 1)
    turn = np.linspace(0, np.pi, 40)
    half = np.where(turn < 1.75, np.sin(turn), np.sin(turn) ** 0.5 * (np.pi - turn) / 1.6 + 0.08)
    height = -np.cos(turn) * np.where(turn < np.pi / 2, 1, 1.3)
    for gore in range(12):
        left, right = (-half * np.cos(np.pi * (gore + side) / 12) for side in (0, 1))
        outline = [*zip(left, height, strict=True), *zip(right[::-1], height[::-1], strict=True)]
        shade = np.multiply(pair[gore % 2], 1 - 0.4 * (gore / 12) ** 2)
        c.shape(outline, shade.tolist(), x, y, size)


def forest(c: Canvas) -> None:
    """Trunks in green mist, the light between them."""
    hue, sun = c.between(0.22, 0.36), c.across(0.2)
    c.gradient(hsv(hue, 0.35, 0.85), hsv(hue, 0.2, 0.95), hsv(hue, 0.5, 0.5))
    c.cover(0.7 * np.exp(-4 * ((c.x - sun) ** 2 + (c.y - 0.3) ** 2)), (255, 252, 215))
    for near in (0.0, 0.33, 0.67, 1.0):
        floor = c.below(c.ridge(0.72 + 0.2 * near, 0.03, 4))
        c.cover(floor, hsv(hue, 0.4 + 0.3 * near, 0.62 - 0.45 * near))
        bark = hsv(hue - 0.1 * near, 0.35 + 0.15 * near, 0.6 - 0.45 * near)
        for _ in range(round((14 - 9 * near) * c.aspect)):
            width = (0.006 + 0.02 * near) * c.between(0.7, 1.3)
            trunk(c, c.across(), 0.76 + 0.2 * near + c.between(-0.02, 0.05), width, bark)
        leaves = c.noise(10 - 3 * near, 1, 5) * 4 - 1.6 - 9 * c.y * (1.1 - 0.6 * near)
        shade = 0.85 * np.clip(leaves, 0, 1)
        c.cover(shade, hsv(hue, 0.45 + 0.3 * near, 0.75 - 0.4 * near))
    c.cover(0.8 * c.below(0.86 + 0.12 * c.noise(14, 0.6)) * c.noise(30), hsv(hue, 0.75, 0.5))


def trunk(c: Canvas, x: float, foot: float, width: float, colour: Colour) -> None:
    """One tree without its crown."""
    top, half = c.between(-0.04, 0.04), width / 2
    c.shape(((top - half, 0), (top + half, 0), (width, foot), (-width, foot)), colour, x)
    for _ in range(3):
        y, reach = c.between(0.05, 0.45), c.between(-0.12, 0.12)
        bough = ((0, 0), (0, width * 0.7), (reach, -abs(reach) * 0.8))
        c.shape(bough, colour, x + top * (1 - y / foot), y)


def snow(c: Canvas) -> None:
    """Firs on white hills while it snows."""
    hue = c.between(0.56, 0.64)
    c.gradient(hsv(hue, 0.35, c.between(0.65, 0.85)), hsv(hue, 0.08, 0.95))
    for near in (0.0, 0.33, 0.67, 1.0):
        hill = c.ridge(0.52 + 0.39 * near, 0.06, 1)
        c.cover(c.below(hill), hsv(hue, 0.17 - 0.15 * near, 0.86 + 0.12 * near))
        for column in c.rng.integers(0, hill.size, round((14 - 10 * near) * c.aspect)):
            size = c.between(0.7, 1.3) * (0.1 + 0.25 * near)
            fir(c, column / len(c.pixels), hill[0, column] + 0.02, size, near)
    for _ in range(160):
        c.disc(c.across(), c.between(0, 1), c.between(0.002, 0.006), WHITE)


def fir(c: Canvas, x: float, foot: float, size: float, near: float) -> None:
    """One fir with snow on its boughs; the nearer, the darker."""
    c.box(x - 0.03 * size, foot - 0.1 * size, 0.06 * size, 0.1 * size, (80, 62, 55))
    for tier in range(4):
        low, wide = foot - (0.08 + 0.2 * tier) * size, 0.3 - 0.06 * tier
        green = hsv(0.42, 0.3 + 0.25 * near, 0.55 - 0.25 * near)
        c.shape(((0, -0.36), (-wide, 0), (wide, 0)), green, x, low, size)
        cap = ((0, -0.36), (-0.9 * wide, -0.03), (-0.2 * wide, -0.12), (0.3 * wide, -0.2))
        c.shape(cap, WHITE, x, low, size)


def planet(c: Canvas) -> None:
    """A planet among the stars, some with a ring."""
    c.gradient((6, 7, 16), (10, 8, 26))
    c.cover(0.35 * np.clip(c.noise(2) * 2 - 1, 0, 1), hsv(c.between(0.6, 0.9), 0.7, 0.5))
    for brightness in c.rng.uniform(90, 255, 260):
        c.disc(c.across(), c.between(0, 1), c.between(0.0008, 0.0022), [brightness] * 3)
    size, hue = c.between(0.26, 0.34) * min(1.0, c.aspect), c.between(0, 1)
    east = (c.x - c.between(0.4, 0.6) * c.aspect) / size
    south = (c.y - c.between(0.45, 0.55)) / size
    globe(c, east, south, hue)
    if c.chance(0.5):
        ring(c, east, south, np.radians(c.between(-25, 25)), hsv(hue + 0.05, 0.3, 0.8))


def globe(c: Canvas, east: Plane, south: Plane, hue: float) -> None:
    """A ball of clouds and bands with radius 1, lit from the upper left."""
    out = np.hypot(east, south)
    up = np.sqrt(np.clip(1 - out**2, 0, 1))
    inside = np.clip((1 - out) * 120, 0, 1)
    light = np.clip(-0.55 * east - 0.4 * south + 0.74 * up, 0.03, 1)
    bands = c.noise(c.between(4, 9), c.between(2, 12))
    c.cover(inside, hsv(hue, 0.5, 0.85))
    c.cover(inside * np.clip(bands * 2 - 0.5, 0, 1), hsv(hue + c.between(-0.1, 0.1), 0.3, 1))
    c.cover(inside * (1 - light) * 0.97, (4, 4, 12))


def ring(c: Canvas, east: Plane, south: Plane, tilt: float, colour: Colour) -> None:
    """Its ring, which the ball hides where it passes behind."""
    along = east * np.cos(tilt) + south * np.sin(tilt)
    nearer = (south * np.cos(tilt) - east * np.sin(tilt)) / 0.28
    out = np.hypot(along, nearer)
    grooves = 0.6 + 0.25 * np.sin(out * 45) + 0.15 * np.sin(out * 17)
    seen = (nearer > 0) | (np.hypot(east, south) > 1)
    c.cover(seen * np.clip((0.3 - np.abs(out - 1.7)) * 40, 0, 1) * grooves, colour)


KINDS: dict[str, Callable[[Canvas], None]] = {
    "sunset": sunset,
    "mountain": mountain,
    "flower": flower,
    "city": city,
    "beach": beach,
    "fabric": fabric,
    "balloons": balloons,
    "forest": forest,
    "snow": snow,
    "planet": planet,
}
