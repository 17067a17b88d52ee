"""Draws how imgsimd grows; needs matplotlib (`pip install '.[benchmark]'`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
from matplotlib import pyplot

from tests.benchmarks.growth import Size


class Panel(NamedTuple):
    """One measurement of each size, and what it cannot be below."""

    title: str
    value: Callable[[Size], float]
    limit: Callable[[Size], float] | None = None
    limit_name: str = ""


PANELS = (
    Panel("start until all is searchable, s", lambda s: s.start),
    Panel("one question, ms", lambda s: s.question, lambda s: s.reading, "reading all vectors"),
    Panel("slowest question while 1 % is forgotten, ms", lambda s: s.stall),
    Panel("memory, idle, MiB", lambda s: s.resident, lambda s: s.vectors, "the vectors"),
    Panel("database, MiB", lambda s: s.stored, lambda s: s.vectors, "the vectors"),
    Panel("daemon's CPU for a new picture, ms", lambda s: s.indexing),
)
BLUE, GREY = "#1f6feb", "#8b949e"


def draw(sizes: Sequence[Size], file: Path) -> None:
    """All sizes with vectors of the form of the first, by the number of images."""
    alike = [size for size in sizes if size.form == sizes[0].form]
    mpl.rcParams.update({"svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9})
    figure, axes = pyplot.subplots(2, 3, figsize=(11, 5.6), layout="constrained")
    for panel, ax in zip(PANELS, axes.flat, strict=True):
        images = [size.images for size in alike]
        ax.loglog(images, list(map(panel.value, alike)), "o-", color=BLUE, label="imgsimd")
        if panel.limit is not None:
            limits = list(map(panel.limit, alike))
            ax.loglog(images, limits, "--", color=GREY, label=f"limit: {panel.limit_name}")
            ax.legend(frameon=False)
        ax.set_title(panel.title, fontsize=9)
        ax.set_xlabel("images")
        ax.set_ylim(
            bottom=min(map(panel.value, alike)) / 10,
            top=None if panel.limit else max(map(panel.value, alike)) * 10,
        )
        ax.minorticks_off()
        ax.grid(which="major", color="#d0d7de", linewidth=0.5)
        ax.spines[["top", "right"]].set_visible(False)
    figure.patch.set_facecolor("white")
    figure.savefig(file, metadata={"Date": None})
