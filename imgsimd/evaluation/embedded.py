"""What a worker with one model makes of labelled photos, and of altered copies of some of them."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple, TypeAlias

import numpy as np

from imgsimd import process
from imgsimd.config import Worker
from imgsimd.embedding.embedder import Embedder, Embedding
from imgsimd.errors import ConfigError
from imgsimd.evaluation.labelled_photos import LabelledPhotos, Unread
from imgsimd.evaluation.looking import Looking
from imgsimd.evaluation.ranking import Rows
from imgsimd.evaluation.retrieval import Labels
from imgsimd.models.model_files import Model
from imgsimd.vectors import Vector, Vectors
from imgsimd.words import printable

MOST_COPIED = 500
"""Of so many photos, evenly chosen, altered copies are made: 2,500 questions, of which the share
that finds its photo is within half a percent of that of all."""
TEMPORARY = "/var/tmp"  # noqa: S108 - the file has no name
"""Where the vectors are unless TMPDIR says otherwise: on the disk, since those of 100,000 photos
may be more than memory has room for."""

Stages: TypeAlias = Callable[[str, int], Callable[[int], None]]
"""Is told what is done now, in words, and with how many photos; gives what to tell how many are
done."""


class Embedded(NamedTuple):
    """Vectors, and what they took."""

    vectors: Vectors
    labels: Labels
    copies: Vectors
    """Those of `protocol.ALTERATIONS` of a photo, in their order; then those of another photo."""
    copied: Rows
    """The row in `vectors` of each photo that was copied."""
    seconds: float
    """Processor's time that it took to embed all photos."""
    memory: int
    """Bytes that the worker used in the end."""
    unread: Sequence[Unread]


@contextmanager
def embedded(
    model: Model, photos: LabelledPhotos, settings: Worker, stages: Stages
) -> Iterator[Embedded]:
    """Embeds all that can be read. The vectors are gone at the end.

    Raises WorkerError where the worker cannot work with this model, and ConfigError where there is
    no room for the vectors.
    """
    with _on_disk(len(photos.paths), model.dimension) as vectors:
        yield asyncio.run(_embedded(model, photos, settings, stages, vectors))


@contextmanager
def _on_disk(count: int, dimension: int) -> Iterator[Vectors]:
    """Room for so many vectors, which are zero at first."""
    folder = os.environ.get("TMPDIR", TEMPORARY)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(tempfile.TemporaryFile(dir=folder))
            os.posix_fallocate(file.fileno(), 0, count * dimension * np.dtype(np.float32).itemsize)
        except OSError as error:
            raise ConfigError(
                f"There is no room for vectors in {printable(folder)} ({error.strerror}): set "
                "TMPDIR to another folder."
            ) from error
        yield np.memmap(file, np.float32, "r+", shape=(count, dimension))


async def _embedded(
    model: Model, photos: LabelledPhotos, settings: Worker, stages: Stages, vectors: Vectors
) -> Embedded:
    embedder = Embedder(model, settings)
    try:
        read, seconds, unread = await _photos(embedder, photos, settings, stages, vectors)
        memory = process.resident_bytes_of_children()
        copied, copies = await _copies(embedder, photos, settings, stages, read)
    except asyncio.CancelledError:  # Ctrl-C; another one would break off the clean-up, which hangs
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise
    finally:
        await embedder.close()
    for row, number in enumerate(read):  # moves them together, in place
        vectors[row] = vectors[number]
    return Embedded(
        vectors[: len(read)],
        np.array(photos.labels)[read],
        copies,
        np.searchsorted(read, copied),
        seconds,
        memory,
        [*photos.unread, *unread],
    )


async def _photos(
    embedder: Embedder,
    photos: LabelledPhotos,
    settings: Worker,
    stages: Stages,
    vectors: Vectors,
) -> tuple[Rows, float, list[Unread]]:
    """The numbers of the photos that were read, ascending; processor's time; the others."""
    seconds = np.zeros(len(photos.paths))
    is_read = np.zeros(len(photos.paths), bool)

    def take(number: int, found: Embedding) -> None:
        vectors[number], seconds[number], is_read[number] = found.vector, found.seconds, True

    on_done = stages(f"{embedder.model.name}: embedding", len(photos.paths))
    looking = Looking(embedder.embed, take, settings, on_done)
    unread = await looking.at(photos.paths, range(len(photos.paths)))
    return np.flatnonzero(is_read), float(seconds.sum()), unread


async def _copies(
    embedder: Embedder, photos: LabelledPhotos, settings: Worker, stages: Stages, read: Rows
) -> tuple[Rows, Vectors]:
    """The numbers of the photos that were copied, ascending, and the vectors of all copies."""
    count = min(MOST_COPIED, len(read))
    chosen = read[np.arange(count) * len(read) // max(1, count)]
    found: dict[int, Sequence[Vector]] = {}
    on_done = stages(f"{embedder.model.name}: embedding altered copies", count)
    looking = Looking(embedder.altered_copies, found.__setitem__, settings, on_done)
    await looking.at(photos.paths, chosen.tolist())
    copied = np.array(sorted(found), np.intp)
    vectors = [vector for number in copied for vector in found[number]]
    return copied, np.array(vectors, np.float32).reshape(-1, embedder.model.dimension)
