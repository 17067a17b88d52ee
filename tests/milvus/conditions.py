"""Photos with difficult names, and conditions about them, for comparing Milvus's expressions with
the columns in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from hypothesis import strategies as st

from imgsimd import extensions
from imgsimd.file_kinds import FileKind
from imgsimd.gallery.attribute_columns import Names
from imgsimd.gallery.conditions import Conditions, Orientation, plain_camera
from imgsimd.gallery.vectors.shared_row import SharedRow
from imgsimd.shared_ids import shared
from imgsimd.types import FilePath, ImageId
from tests.support.milvus_store import HERE

_PARTS = ['"', "'", "\\", "%", "_", "a", "b", ".", "0", " ", "ä", "\n", "\t", "日", "\\x80", "]"]
_names = st.lists(
    st.sampled_from([*map(str.encode, _PARTS), b"\xff", b"\x80", b"\xc3"]), min_size=1, max_size=3
).map(b"".join)
_folders = st.lists(_names, max_size=2).map(lambda names: b"/" + b"/".join(names))
_words = st.lists(st.sampled_from([*"aAbÄ%_'\" .0]ß", "Canon", "EOS"]), max_size=4).map("".join)
_times = st.integers(-3, 3)
_FORMATS = ["JPEG", "camera raw", 'a"%\\']


class Photo(NamedTuple):
    """What the catalog knows of an image."""

    path: FilePath
    seconds: int
    format: str
    extension: bytes
    pixels: int
    shape: int
    camera: str


photos = st.lists(
    st.builds(
        Photo,
        st.builds(lambda folder, name: folder.rstrip(b"/") + b"/" + name, _folders, _names),
        _times,
        st.sampled_from(_FORMATS),
        st.sampled_from([b"jpg", b"JPG", b"nef", b"\xff"]),
        st.integers(-1, 3),
        st.integers(-1, 2),
        st.builds(lambda maker, model: f"{maker}\n{model}", _words, _words) | st.just(""),
    ),
    min_size=1,
    max_size=12,
)
moments = st.none() | _times.map(lambda n: datetime.fromtimestamp(n, UTC).replace(tzinfo=None))
_kinds = st.builds(FileKind, st.sampled_from(_FORMATS), st.sampled_from(["", "jpg", "nef"]))
conditions = st.builds(
    Conditions,
    under=st.lists(_folders | st.just(b"/a/"), max_size=2).map(tuple),
    not_under=st.lists(_folders, max_size=2).map(tuple),
    since=moments,
    until=moments,
    kinds=st.lists(_kinds, max_size=2).map(tuple),
    min_pixels=st.none() | st.integers(1, 3),
    orientation=st.none() | st.sampled_from(Orientation),
    cameras=st.lists(_words, max_size=2).map(tuple),
)
few_conditions = conditions.flatmap(
    lambda all_of_them: st.sampled_from(Conditions.__slots__).map(
        lambda name: Conditions(**{name: getattr(all_of_them, name)})
    )
)
"""About one property: those about all are rarely met."""


def rows_of(known: Sequence[Photo]) -> list[SharedRow]:
    """The photos in Milvus, numbered from 1."""
    return [
        SharedRow(
            shared(HERE, ImageId(n)),
            b"\0\0\x80\x3f" + b"\0\0\0\0",
            HERE,
            b"/",
            photo.path + b"." + photo.extension,
            photo.seconds,
            photo.format,
            extensions.of_name(os.path.basename(photo.path + b"." + photo.extension)),
            photo.pixels,
            photo.shape,
            plain_camera(photo.camera),
        )
        for n, photo in enumerate(known, start=1)
    ]


def fitting(known: Sequence[Photo], wanted: Conditions) -> list[int]:
    """Which of them fit, by the columns in memory."""
    names = Names()
    columns = names.columns(
        [
            (
                n,
                photo.path + b"." + photo.extension,
                0,
                datetime.fromtimestamp(photo.seconds, UTC).replace(tzinfo=None).isoformat(),
                photo.format,
                photo.pixels,
                photo.shape,
                photo.camera,
            )
            for n, photo in enumerate(known, start=1)
        ]
    )
    return [shared(HERE, ImageId(n)) for n in names.fitting(columns, wanted).tolist()]
