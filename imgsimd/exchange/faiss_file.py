"""The vectors in use as a FAISS index with our ids: what `faiss.write_index` writes for an
IndexIDMap2 of an IndexFlatL2.

FAISS itself would need all vectors in memory. A test compares the bytes with those of FAISS.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from typing import IO

from imgsimd.errors import NothingFoundError
from imgsimd.exchange.snapshot import Snapshot

MAGIC = b"IxM2"
"""How such a file begins."""
_INDEX = struct.Struct("<iqqqBi")
"""Of every index: dimension, vectors, two numbers that mean nothing any more, whether it is
trained, and its metric (faiss/impl/index_write.cpp, write_index_header)."""
_UNUSED = 2**20
_METRIC_L2 = 1


def write(
    snapshot: Snapshot, folders: Sequence[bytes], stream: IO[bytes], tell: Callable[[int], None]
) -> int:
    """Writes the vectors of the model in use, of all images in these folders that are not hidden,
    by ascending id; returns how many. The stream need not be seekable. `tell` hears how many are
    written.

    Raises NothingFoundError if there are none, and OSError.
    """
    models = [model for model in snapshot.manifest.models if model.in_use]
    if not models:
        raise NothingFoundError("There are no vectors yet: `imgsimctl up DIR` indexes photos.")
    (model,) = models
    ids = array("q")
    for page in snapshot.vectors(model, folders):
        ids.extend(image for image, _ in page)
    header = _INDEX.pack(model.dimension, len(ids), _UNUSED, _UNUSED, True, _METRIC_L2)
    stream.write(MAGIC + header + b"IxF2" + header)
    stream.write(struct.pack("<Q", len(ids) * model.dimension))
    done = 0
    for page in snapshot.vectors(model, folders):
        stream.write(model.form.from_bytes(b"".join(v.numbers for _, v in page)).tobytes())
        done += len(page)
        tell(done)
    stream.write(struct.pack("<Q", len(ids)))
    stream.write(ids.tobytes())
    return len(ids)
