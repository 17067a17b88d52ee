"""How surely copies are found, before and after verification, and how seldom others are called so.

    python -m tests.benchmarks.copies [FOLDER] [--count N]

The gallery is all JPEGs below FOLDER, or 400 drawn pictures. N of them are altered in each of the
ways of `tests/support/alterations.py`, and asked with as the daemon asks: the nearest to any view
of the copy are verified, 16 at a time, until one is the same, but no more than 200. Then others
are asked with that must not be called the same: photos that are held out of the gallery, and pairs
of frames that `tests/support/bursts.py` makes of one photo.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imgsimd.config import DEFAULT_MODEL
from imgsimd.decoding import decode
from imgsimd.embedding.network import Network
from imgsimd.geometry.comparison import compare
from imgsimd.geometry.features import extract
from imgsimd.models.model_files import BUILT_IN, find
from imgsimd.samples import drawing
from imgsimd.vectors import Vectors
from imgsimd.verification import Verdict, Verification
from tests.benchmarks import table
from tests.support import bursts
from tests.support.alterations import MORE, TEN, PixelArray
from tests.support.networks import network_of

MODEL = find(DEFAULT_MODEL, BUILT_IN)
DRAWN = 400
WAVE, MOST = 16, 200
"""Photos that are verified before it is seen whether one is the same; and at most."""
NEAR = 50
SEED = 15


@dataclass
class Gallery:
    """Photos, their vectors, and the features of those that were compared."""

    files: Sequence[Path]
    network: Network
    vectors: Vectors = field(init=False)
    features: dict[int, bytes] = field(default_factory=dict)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = [self.network.embed(file.read_bytes())[0] for file in self.files]
        self.vectors = np.stack([MODEL.form.from_bytes(vector) for vector in found])

    def pixels(self, number: int) -> PixelArray:
        return decode.pixels(self.files[number].read_bytes())

    def features_of(self, number: int) -> bytes:
        if number not in self.features:
            self.features[number] = self.extracted(self.pixels(number))
        return self.features[number]

    def extracted(self, pixels: PixelArray) -> bytes:
        start = time.process_time()
        features = extract(pixels, (pixels.shape[1], pixels.shape[0]))
        self._took("extract", start)
        return features

    def compared(self, asked: bytes, stored: bytes) -> Verification:
        start = time.process_time()
        verification = compare(asked, stored)
        self._took(f"compare: {verification.verdict}", start)
        return verification

    def _took(self, what: str, start: float) -> None:
        self.milliseconds.setdefault(what, []).append((time.process_time() - start) * 1000)

    def nearest(self, pixels: PixelArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The photos by their distance to the picture; and to any view of it."""
        png = cv2.imencode(".png", pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        views, _ = self.network.look(png)
        scores = np.stack([self._distances(vector) + penalty for vector, penalty in views])
        plain, any_view = scores[0], scores.min(0)
        return np.argsort(plain, kind="stable"), np.argsort(any_view, kind="stable")

    def _distances(self, vector: bytes) -> NDArray[np.float64]:
        cosines = self.vectors.astype(np.float64) @ MODEL.form.from_bytes(vector)
        return np.asarray(np.sqrt(np.maximum(0, 2 - 2 * cosines)))

    def verified(self, asked: bytes, order: Sequence[int]) -> dict[int, Verification]:
        """What is said of the first photos, until one is the same."""
        found: dict[int, Verification] = {}
        for start in range(0, MOST, WAVE):
            wave = [int(number) for number in order[start : start + WAVE]]
            found |= {number: self.compared(asked, self.features_of(number)) for number in wave}
            if any(each.verdict is Verdict.SAME for each in found.values()):
                break
        return found


def best(order: Sequence[int], found: dict[int, Verification]) -> int:
    """The photo that is shown first: the surest of the same, else the nearest."""
    same = [number for number, each in found.items() if each.verdict is Verdict.SAME]
    return max(same, key=lambda number: found[number].inliers, default=int(order[0]))


def copies_row(gallery: Gallery, kind: str, chosen: Sequence[int]) -> tuple[str, float, float]:
    """The table's row of a kind, and the shares that are first before and after."""
    before = after = near = others = 0
    verdicts: Counter[Verdict] = Counter()
    for number in chosen:
        copy = {**TEN, **MORE}[kind](gallery.pixels(number), np.random.default_rng([SEED, number]))
        asked = gallery.extracted(copy)
        plain, order = gallery.nearest(copy)
        found = gallery.verified(asked, [int(each) for each in order])
        verdicts[gallery.compared(asked, gallery.features_of(number)).verdict] += 1
        before += int(plain[0]) == number
        near += number in order[:NEAR]
        after += best([int(each) for each in order], found) == number
        others += sum(
            each.verdict is Verdict.SAME for other, each in found.items() if other != number
        )
    n = len(chosen)
    shares = " | ".join(f"{verdicts[verdict] / n:.3f}" for verdict in Verdict)
    row = f"| {kind} | {before / n:.3f} | {near / n:.3f} | {after / n:.3f} | {shares} | {others} |"
    return row, before / n, after / n


def held_out(gallery: Gallery, chosen: Sequence[int]) -> Iterator[tuple[Path, Path]]:
    """Photos that are asked with while they are not in the gallery, and what is called the same."""
    for number in chosen:
        _, order = gallery.nearest(gallery.pixels(number))
        others = [int(other) for other in order if other != number][:NEAR]
        asked = gallery.features_of(number)
        for other in others:
            if gallery.compared(asked, gallery.features_of(other)).verdict is Verdict.SAME:
                yield gallery.files[number], gallery.files[other]


def burst_row(gallery: Gallery, kind: str, chosen: Sequence[int]) -> str:
    verdicts: Counter[Verdict] = Counter()
    for number, other in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        rng = np.random.default_rng([SEED, number])
        frames = bursts.KINDS[kind](gallery.pixels(number), gallery.pixels(other), rng)
        verdicts[gallery.compared(*map(gallery.extracted, frames)).verdict] += 1
    return f"| {kind} | " + " | ".join(str(verdicts[verdict]) for verdict in Verdict) + " |"


def measure(files: Sequence[Path], count: int) -> None:
    network = network_of(MODEL)
    gallery = Gallery(files, network)
    rng = np.random.default_rng(SEED)
    chosen = sorted(rng.choice(len(files), min(count, len(files)), replace=False).tolist())
    print(f"{table.machine()}\n\n{len(files)} photos, {len(chosen)} questions of each kind\n")
    print(
        f"| copy | first before | within {NEAR} | first after | same | probably | no "
        "| others called the same |\n|---|---|---|---|---|---|---|---|"
    )
    for name, kinds in (("the ten", TEN), ("the others", MORE)):
        firsts = []
        for kind in kinds:
            row, before, after = copies_row(gallery, kind, chosen)
            firsts.append((before, after))
            print(row, flush=True)
        before, after = np.mean(firsts, axis=0)
        print(f"| mean of {name} | {before:.4f} | | {after:.4f} | | | | |")
    print("\n| frames of one scene | same | probably | no |\n|---|---|---|---|")
    for kind in bursts.KINDS:
        print(burst_row(gallery, kind, chosen), flush=True)
    wrong = list(held_out(gallery, chosen))
    print(f"\nheld out of the gallery: {len(wrong)} called the same of {len(chosen)} questions")
    for one, other in wrong:
        print(f"  {one} {other}")
    print("\n| CPU | median | 95th percentile |\n|---|---|---|")
    for what, times in gallery.milliseconds.items():
        median, most = np.percentile(times, (50, 95))
        print(f"| {what} | {median:.1f} ms | {most:.1f} ms |")


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.benchmarks.copies", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=50)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as place:
        if arguments.folder is None:
            files = drawing.fill(Path(place), DRAWN)
        else:
            files = sorted(arguments.folder.rglob("*.jp*g"))
        measure(files, arguments.count)


if __name__ == "__main__":
    main()
