"""A gallery to export, without a daemon: what the process that writes sees of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import FaultKind
from imgsimd.exchange import npz_file, parquet_file
from imgsimd.exchange.snapshot import Snapshot, snapshot
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.types import FileState, Plan
from imgsimd.vectors import VectorForm
from tests.support.library import FORM, ROOT, content_of, opened, vector_of

ODD = b"/photos/caf\xe9\n\x1b[31m.jpg"
"""A name that is not UTF-8, and that a terminal would obey."""
WRITERS: dict[str, Callable[[Snapshot, io.BytesIO], None]] = {
    "parquet": lambda gallery, stream: parquet_file.write(gallery, stream, ignore),
    "npz": lambda gallery, stream: npz_file.write(gallery, stream, ignore),
}


def ignore(done: int) -> None:
    """Hears how far it is."""


def filled(state: Path, form: VectorForm = FORM) -> Gallery:
    """Six photos of a kind each: with all metadata, an odd name, no metadata, a failure, one that
    waits, and one that is gone. The folder is where a user's state would be."""
    state.mkdir(parents=True, exist_ok=True)
    gallery = opened(state, form=form)
    gallery.folders.remember(ROOT, (7, 8))
    paths = [b"/photos/a.jpg", ODD, b"/photos/c.jpg", b"/photos/d.jpg", b"/photos/e.jpg"]
    states = {path: FileState(100 + n, 1000 + n, 2000 + n, n) for n, path in enumerate(paths)}
    gallery.apply(Plan(new=states))
    model, waiting = gallery.verdicts.waiting(10)
    by_path = {image.path: image for image in waiting}
    full = PictureMetadata(
        "JPEG", 1, 4000, 3000, 6, "2024-05-01T13:45:07", "Canon", "EOS", 0.5, 50.8, -0.1
    )

    def examined(path: bytes, number: int) -> Examined:
        return Examined(by_path[path].id, by_path[path].state, content_of(number))

    found = [examined(path, n) for n, path in enumerate(paths[:4])]
    vectors = [vector_of(image.content) for image in found[:3]]
    fault = Fault("it is cut off", FaultKind.CUT_OFF, "JPEG 1")
    gallery.verdicts.commit(
        model,
        [
            Verdict(found[0], vectors[0], full),
            Verdict(found[1], vectors[1], PictureMetadata("PNG", 1)),
            Verdict(found[2], vectors[2]),
            Verdict(found[3], fault),
        ],
    )
    return gallery


@contextmanager
def exported_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snapshot]:
    """A snapshot of the gallery of the user with this home, whose daemon does not run."""
    monkeypatch.setenv("HOME", str(home))
    for name in ("IMGSIMD_SOCKET", "IMGSIMD_STATE_DIR", "IMGSIMD_CONFIG", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    with snapshot(str(home)) as gallery:
        yield gallery


def written(gallery: Snapshot, kind: str) -> bytes:
    """The whole exported file."""
    stream = io.BytesIO()
    WRITERS[kind](gallery, stream)
    return stream.getvalue()
