"""A gallery that is filled without files: what the indexer does, on dictionaries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.index import MakeStore, in_memory
from imgsimd.gallery.vectors.base import Search
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import HASH_BYTES, FileState, Match, Plan
from imgsimd.vectors import Vector, VectorForm

DIMENSION = 8
FORM = VectorForm(DIMENSION)
CODED = VectorForm(DIMENSION, "int8")
ROOT = b"/photos"


def vector_of(content: bytes, dimension: int = DIMENSION) -> NDArray[np.float32]:
    """A unit vector that depends on the content only, as a model's does."""
    seed = int.from_bytes(content[:8], "little")
    vector = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def content_of(word: int) -> bytes:
    return blake3(str(word).encode()).digest()[: HASH_BYTES["blake3"]]


def opened(
    folder: Path, model: str = "m", make_store: MakeStore = in_memory, form: VectorForm = FORM
) -> Gallery:
    gallery = Gallery(folder / "gallery.db", make_store=make_store)
    begin(gallery, model, form)
    return gallery


def begin(gallery: Gallery, model: str = "m", form: VectorForm = FORM) -> None:
    """The gallery serves this model, and shows what is below ROOT."""
    gallery.aim(model, model, form, {model})
    gallery.show([ROOT])


def work_off(gallery: Gallery, contents: dict[bytes, bytes], batch: int = 4) -> int:
    """Embeds all that waits; returns how many pictures were embedded."""
    embedded = 0
    while True:
        model, waiting = gallery.verdicts.waiting(batch)
        if not waiting:
            return embedded
        examined = [Examined(i.id, i.state, contents[i.path]) for i in waiting]
        unknown = gallery.verdicts.recognise(model, examined)
        gallery.verdicts.commit(model, [Verdict(i, vector_of(i.content)) for i in unknown])
        embedded += len(unknown)


def nearest(gallery: Gallery, query: Vector, k: int) -> list[Match]:
    """The answer to a single question."""
    answers = gallery.answering.nearest([Search(query, k)])
    assert isinstance(answers, list), "the store is not remote"
    return answers[0]


def add(gallery: Gallery, *words: int, at: int = 1) -> dict[bytes, bytes]:
    """New files, not yet embedded; the content of each, by path."""
    plan = {ROOT + b"/%d.jpg" % w: FileState(w, at, at, 1000 * at + w) for w in words}
    gallery.apply(Plan(new=plan))
    return {path: content_of(state.size) for path, state in plan.items()}


def forget_headers(gallery: Gallery) -> None:
    """As if an imgsimd that read no headers had embedded all images."""
    db = gallery._catalog._file.db
    with db.atomic():
        db.execute("DELETE FROM metadata")
        db.execute("INSERT OR IGNORE INTO headers_backlog SELECT id FROM images")


def headers_backlog(gallery: Gallery) -> set[int]:
    """The images whose headers are still to be read."""
    return {
        image for (image,) in gallery._catalog._file.db.execute("SELECT * FROM headers_backlog")
    }
