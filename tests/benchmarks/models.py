"""The table of models: what each is worth on labelled photos, and what it costs.

    python -m tests.benchmarks.models FOLDER [NAME...] [--models FOLDER]

FOLDER/SET/CLASS/FILE.jpg: two pictures of one class count as alike; each set is evaluated as
`imgsimctl model evaluate` does it, and all of them as one gallery, in which copies are searched,
too. Without a NAME all models are measured: the built-in ones, and those that are installed, or lie
in the folder of `--models`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from imgsimd import locations
from imgsimd.config import Worker
from imgsimd.embedding.protocol import ALTERATIONS
from imgsimd.evaluation import labelled_photos
from imgsimd.evaluation.embedded import embedded
from imgsimd.evaluation.evaluation import Evaluation, evaluated, figures
from imgsimd.evaluation.retrieval import Figures
from imgsimd.models import model_files
from imgsimd.models.model_files import Model
from imgsimd.picture_folders import pictures_in
from tests.benchmarks import table
from tests.benchmarks.arriving import DEADLINE
from tests.support.household import Household, until

MIGRATED = 1000
"""Photos whose model changes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One model."""

    name: str
    sets: dict[str, tuple[Figures, Figures]]
    """Of each set: by distance, and re-ranked."""
    together: Evaluation
    """Of all sets as one gallery."""
    migration: float | None
    """Seconds from the wish to the change of MIGRATED photos from the first model of the table;
    None for that itself."""


def measure(model: Model, folder: Path, models: Path, first: str) -> Measured:
    with tempfile.TemporaryDirectory() as place:
        sets = _link_all(folder, Path(place))
        photos = labelled_photos.find(place)
        with embedded(model, photos, Worker(), lambda *_: _nobody) as found:
            assert not found.unread
            together = evaluated(model, found, Worker(), lambda *_: _nobody)
            names = np.array([os.path.relpath(path, place).split()[0] for path in photos.paths])
            of_sets = {
                each: figures(
                    model, found.vectors[names == each], found.labels[names == each], _nobody
                )
                for each in sets
            }
    migration = None if model.name == first else _migration(first, model.name, folder, models)
    return Measured(model.name, of_sets, together, migration)


def _link_all(folder: Path, place: Path) -> list[str]:
    """Puts the classes of all sets into one folder; returns the names of the sets."""
    sets = sorted(each for each in folder.iterdir() if each.is_dir())
    for each in sets:
        for kind in each.iterdir():
            (place / f"{each.name} {kind.name}").symlink_to(kind.resolve())
    return [each.name for each in sets]


def _nobody(_: int) -> None:
    pass


def _migration(first: str, name: str, folder: Path, models: Path) -> float:
    with tempfile.TemporaryDirectory() as place:
        home = Household(Path(place))
        home.configure(f'model = "{first}"')
        if models.is_dir():
            shutil.copytree(models, home.state / "models")
        files = pictures_in(str(folder))
        for number, file in enumerate(files[:: max(1, len(files) // MIGRATED)][:MIGRATED]):
            shutil.copyfile(file, home.photos / f"{number}{os.path.splitext(file)[1]}")
        home.start()
        try:
            until(lambda: home.status()["state"] == "idle", DEADLINE)
            start = time.perf_counter()
            assert home.ctl("model", "use", name).returncode == 0
            until(lambda: home.status()["model"] == name, DEADLINE)
            return time.perf_counter() - start
        finally:
            home.close()


def show(found: Sequence[Measured]) -> None:
    """Three tables: what they find, copies, and what they cost."""
    for lines in (_figures(found), _copies(found), _costs(found)):
        print("\n" + "\n".join(lines), flush=True)


def _figures(found: Sequence[Measured]) -> Iterator[str]:
    """Each as recall@1, precision@10, mAP; then precision@10 and mAP, re-ranked."""
    names = list(found[0].sets)
    yield _row("recall@1, precision@10, mAP; re-ranked", *names, "mean", "as one gallery")
    yield _row(*["---"] * (len(names) + 3))
    for each in found:
        exact, again = zip(*each.sets.values(), strict=True)
        sets = map(
            _shares,
            [*exact, _mean(exact), each.together.exact],
            [*again, _mean(again), each.together.reranked],
        )
        yield _row(each.name, *sets)


def _mean(of_all: Sequence[Figures]) -> Figures:
    return Figures(*map(fmean, zip(*of_all, strict=True)))


def _shares(exact: Figures, again: Figures) -> str:
    shares = " ".join(map(_share, exact))
    return f"{shares}; {_share(again.precision_at_10)} {_share(again.mean_average_precision)}"


def _copies(found: Sequence[Measured]) -> Iterator[str]:
    yield _row("copies found first among all", *ALTERATIONS)
    yield _row(*["---"] * (len(ALTERATIONS) + 1))
    for each in found:
        yield _row(each.name, *(_share(each.together.copies[kind]) for kind in ALTERATIONS))


def _costs(found: Sequence[Measured]) -> Iterator[str]:
    yield _row(
        *("model", "ms a picture on one core", "bytes a picture", "worker's memory"),
        f"migration of {MIGRATED:,}",
    )
    yield _row(*["---"] * 5)
    for each in found:
        yield _row(
            each.name,
            f"{1000 * Worker().all_threads / each.together.photos_per_second:.1f}",
            f"{each.together.bytes_per_photo:,}",
            f"{each.together.memory_bytes / 2**20:.0f} MiB",
            "" if each.migration is None else f"{each.migration:.1f} s",
        )


def _share(share: float) -> str:
    return f"{share:.3f}".removeprefix("0")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.benchmarks.models", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--models", type=Path, default=locations.find().models)
    given = parser.parse_intermixed_args()
    named = [model_files.find(name, given.models) for name in given.names]
    chosen = named or model_files.available(given.models)
    print(table.machine())
    first = chosen[0].name
    show([measure(model, given.folder, given.models, first) for model in chosen])


if __name__ == "__main__":
    main()
