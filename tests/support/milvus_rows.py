"""Generated rows for a collection in Milvus."""

from __future__ import annotations

import numpy as np

from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from imgsimd.vectors import Vector, VectorForm

HOST = HostNumber(7)
ODD_PATHS = [
    b"/photos/\xff\xfe\\x.jpg",
    rb"/photos/\xff\xfe\\x.jpg",
    '/photos/Müller\'s "100%" _\n\t\U0001f4f7.jpg'.encode(),
    b"/photos/" + bytes(range(1, 256)).replace(b"/", b""),
    b"/photos/" + b"\xff" * 4000,
]


def rows(form: VectorForm, count: int, host: HostNumber = HOST, seed: int = 0) -> list[SharedRow]:
    """Unit vectors under the shared ids of the host's images 1 to `count`; the first ones have odd
    paths."""
    vectors = np.random.default_rng(seed).normal(size=(count, form.dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [_row(form, host, number, vectors[number]) for number in range(count)]


def _row(form: VectorForm, host: HostNumber, number: int, vector: Vector) -> SharedRow:
    odd = number < len(ODD_PATHS)
    return SharedRow(
        id=shared(host, ImageId(number + 1)),
        vector=form.to_bytes(vector.astype(np.float32)),
        host=host,
        root=b"/photos",
        path=ODD_PATHS[number] if odd else b"/photos/%d.jpg" % number,
        time=1_700_000_000 + number,
        format="jpeg",
        extension="jpg",
        pixels=-1 if odd else 12_000_000,
        shape=number % 4 - 1,
        camera="Canon EOS R5",
    )
