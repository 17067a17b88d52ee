"""A file that is not what imgsimd has exported is refused with a sentence, whatever it is. All of
it is looked at before anything is imported."""

from __future__ import annotations

import io
import json
import pickle
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from imgsimd.errors import ConfigError
from imgsimd.exchange import importing
from imgsimd.exchange.layout import NAME
from tests.support.exchanging import exported_from, filled, written
from tests.support.thoroughness import times

Arrays = dict[str, Any]
STATE = ".local/state/imgsimd"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, bytes]]:
    """One export in each format."""
    home = tmp_path_factory.mktemp("home")
    filled(home / STATE).close()
    with pytest.MonkeyPatch.context() as patch, exported_from(home, patch) as gallery:
        yield {kind: written(gallery, kind) for kind in ("parquet", "npz")}


def check(content: bytes, folder: Path) -> None:
    """Raises ConfigError if the file would be refused."""
    file = folder / "file"
    file.write_bytes(content)
    with file.open("rb") as stream:
        importing.check(importing.opened(stream))


def refusal(content: bytes, folder: Path) -> str:
    with pytest.raises(ConfigError) as refused:
        check(content, folder)
    return str(refused.value)


def npz(arrays: Arrays) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def changed_npz(sound: bytes, change: Callable[[Arrays], object]) -> bytes:
    arrays = dict(np.load(io.BytesIO(sound)))
    change(arrays)
    return npz(arrays)


def changed_parquet(sound: bytes, change: Callable[[pa.Table], pa.Table]) -> bytes:
    stream = io.BytesIO()
    pq.write_table(change(pq.read_table(io.BytesIO(sound))), stream)
    return stream.getvalue()


def with_column(name: str, values: list[object]) -> Callable[[Any], Any]:
    def change(table: Any) -> Any:
        at = table.schema.get_field_index(name)
        field = table.schema.field(name)
        return table.set_column(at, field, pa.array(values, field.type))

    return change


def manifest(**told: object) -> Callable[[Arrays], None]:
    def change(arrays: Arrays) -> None:
        content = json.loads(arrays[NAME].tobytes()) | told
        arrays[NAME] = np.frombuffer(json.dumps(content).encode(), np.uint8)

    return change


def test_a_sound_file_passes_even_if_numpy_or_pyarrow_has_written_it_anew(
    sound: dict[str, bytes], tmp_path: Path
) -> None:
    for content in sound.values():
        check(content, tmp_path)
    check(changed_npz(sound["npz"], lambda arrays: None), tmp_path)
    check(changed_parquet(sound["parquet"], lambda table: table), tmp_path)


NPZ: dict[str, tuple[Callable[[Arrays], object], str]] = {
    "no column": (lambda a: a.pop("size"), "no array size"),
    "wrong type": (lambda a: a.update(size=a["size"].astype("<f8")), "size is float64"),
    "too short": (lambda a: a.update(size=a["size"][:3]), r"size is int64 \(3,\)"),
    "wrong dimension": (lambda a: a.update(vector=a["vector"][:, :7]), r"vector is .*\(3, 7\)"),
    "twice the same id": (lambda a: a["id"].__setitem__(1, 1), "the id 1 is there twice"),
    "id of nobody": (lambda a: a["id"].__setitem__(4, 2**60), "id 1152921504606846976"),
    "negative id": (lambda a: a["id"].__setitem__(0, -1), "the id -1"),
    "NaN": (lambda a: a["vector"].__setitem__((1, 1), np.nan), "vector of the photo with the id 2"),
    "infinite": (lambda a: a["vector"].__setitem__((1, 1), np.inf), "not of length 1"),
    "not of unit length": (lambda a: a["vector"].__imul__(2), "vector of the photo with the id 1"),
    "vector of nobody": (lambda a: a["vector_id"].__setitem__(0, 77), "vectors of images that it"),
    "path that is relative": (lambda a: a["path"].__setitem__(0, 65), "the path cannot be"),
    "path with a NUL": (lambda a: a["path"].__setitem__(3, 0), "the path cannot be"),
    "ends that go back": (lambda a: a["path_ends"].__setitem__(0, -5), "path_ends is wrong"),
    "ends past the end": (lambda a: a["path_ends"].__setitem__(4, 2**40), "path_ends is wrong"),
    "content of another hash": (manifest(hash="sha256"), "the content cannot be"),
    "not EXIF's number": (lambda a: a["orientation"].__setitem__(0, 9), "the metadata cannot be"),
    "no place on earth": (lambda a: a["latitude"].__setitem__(0, 91.0), "the metadata cannot be"),
    "unknown reason": (lambda a: a["hidden"].__setitem__(0, 5), "the hidden cannot be"),
    "later layout": (manifest(version=2), "has version 2 of the layout"),
    "absurd number of photos": (manifest(images=10**15), "manifest is not one"),
    "more photos than there are": (manifest(images=10**8), r"ends is int64 \(5,\)|is int64 \(5,\)"),
    "absurd dimension": (
        manifest(models=[{"identity": "m", "name": "m", "dimension": 2**40, "in_use": True}]),
        "manifest is not one",
    ),
    "folder that cannot be": (manifest(roots=["../.."]), "one of its folders"),
    "decision that cannot be": (manifest(not_duplicates=[["x", "y", 0]]), "decision about"),
    "manifest that is no JSON": (lambda a: a.update({NAME: np.zeros(9, np.uint8)}), "manifest"),
    "pickle": (lambda a: a.update(size=np.array([print] * 5, object)), "pickle|size"),
}


@pytest.mark.parametrize("kind", NPZ)
def test_an_npz_that_says_what_cannot_be_is_refused(
    sound: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    change, said = NPZ[kind]
    with pytest.raises(ConfigError, match=said):
        check(changed_npz(sound["npz"], change), tmp_path)


def _set(number: float, arrays: Arrays) -> None:
    arrays["vector"][1, 1] = number


def test_numbers_that_cannot_be_stored_as_int8_are_refused(
    sound: dict[str, bytes], tmp_path: Path
) -> None:
    model = {"identity": "m", "name": "m", "dimension": 8, "in_use": True, "stored_as": "int8"}
    coded = changed_npz(sound["npz"], manifest(models=[model]))
    check(coded, tmp_path)
    for number, said in (
        (np.nan, "a number of a vector is not finite"),
        (-np.inf, "a number of a vector is not finite"),
        (1e30, "vector of the photo with the id 2 is not of length 1"),
        (1.2, "vector of the photo with the id 2 is not of length 1"),
    ):
        change = partial(_set, number)
        assert said in refusal(changed_npz(coded, change), tmp_path)
    unknown = manifest(models=[{**model, "stored_as": "int4"}])
    assert "manifest is not one" in refusal(changed_npz(sound["npz"], unknown), tmp_path)


VECTORS = [[1.0] + [0.0] * 7] * 3 + [None] * 2
PARQUET: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no column": (lambda t: t.drop_columns(["size"]), "no column size"),
    "column twice": (lambda t: t.append_column("size", t["size"]), "size, or more than one"),
    "wrong type": (
        lambda t: t.set_column(3, "size", t["size"].cast(pa.float64())),
        "size is double, not int64",
    ),
    "wrong dimension": (
        lambda t: t.set_column(
            t.schema.get_field_index("vector"), "vector",
            pa.array([[1.0] * 7] * 5, pa.list_(pa.float32(), 7)),
        ),
        "vector is fixed_size_list",
    ),
    "number missing": (
        with_column("vector", [[None] * 8, *VECTORS[1:]]),
        "number of a vector is missing",
    ),
    "NaN": (with_column("vector", [[float("nan")] * 8, *VECTORS[1:]]), "not of length 1"),
    "twice the same id": (with_column("id", [1, 2, 2, 3, 4]), "the id 2 is there twice"),
    "no id": (lambda t: with_column("id", [1, 2, 3, 4, 5])(t).slice(1), "has 4 rows"),
    "twice the same path": (with_column("path", [b"/a"] * 5), "a path is there twice"),
    "path that climbs": (with_column("path", [b"/a/../b"] * 5), "the path cannot be"),
    "decoder of nobody": (with_column("decoder", [-1] * 5), "the decoder cannot be"),
    "no manifest": (lambda t: t.replace_schema_metadata({}), "no gallery that imgsimd"),
    "manifest of another": (
        lambda t: t.replace_schema_metadata({NAME: b"[]"}), "manifest cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PARQUET)
def test_a_parquet_file_that_says_what_cannot_be_is_refused(
    sound: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    change, said = PARQUET[kind]
    with pytest.raises(ConfigError, match=said):
        check(changed_parquet(sound["parquet"], change), tmp_path)


@pytest.mark.parametrize("kind", ["parquet", "npz"])
def test_a_file_that_is_cut_off_is_refused(
    sound: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    size = len(sound[kind])
    for left in (0, 1, 4, 8, size // 3, size // 2, size - 100, size - 1):
        assert refusal(sound[kind][:left], tmp_path)


@pytest.mark.parametrize("kind", ["parquet", "npz"])
@pytest.mark.parametrize("cases", [10, pytest.param(times(400), marks=pytest.mark.long)])
def test_a_file_of_which_some_bytes_are_others_does_no_more_than_be_refused(
    sound: dict[str, bytes], tmp_path: Path, kind: str, cases: int
) -> None:
    chance = random.Random(17)  # noqa: S311 - it keeps no secret
    for _ in range(cases):
        broken = bytearray(sound[kind])
        for _ in range(chance.randrange(1, 4)):
            broken[chance.randrange(4, len(broken))] = chance.randrange(256)
        with suppress(ConfigError):  # or nobody reads these bytes
            check(bytes(broken), tmp_path)


def test_other_files_are_named_for_what_they_are(tmp_path: Path) -> None:
    for content, said in (
        (b"", "neither Parquet nor npz"),
        (b"\xff\xd8\xff\xe0 photo", "neither Parquet nor npz"),
        (b"SQLite format 3\0", "`imgsimctl restore` puts a backup back"),
        (b"IxM2...", "an index has no paths"),
        (b"PAR1 and nothing", "no Parquet file"),
        (pickle.dumps({"a": 1}), "neither Parquet nor npz"),
        (npz({"a": np.zeros(3)}), "no gallery that imgsimd has exported"),
    ):
        assert said in refusal(content, tmp_path)


def test_a_small_file_that_would_be_large_takes_no_memory(
    sound: dict[str, bytes], tmp_path: Path
) -> None:
    """Five megabytes of zeros, in five kilobytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.npy", bytes(5 * 2**20))
    assert refusal(stream.getvalue(), tmp_path)
    bomb = changed_npz(sound["npz"], lambda a: a.update(path=np.zeros(5 * 2**20, np.uint8)))
    assert len(bomb) < 2**14
    assert "cannot be" in refusal(bomb, tmp_path)
