"""What an exported file holds, read as other programs read it."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np
import pyarrow.parquet as pq
import pytest

from imgsimd.errors import ConfigError
from imgsimd.exchange import faiss_file
from imgsimd.exchange.checking import Checks
from imgsimd.exchange.layout import COLUMNS, NAME
from imgsimd.exchange.npz_gallery import NpzGallery
from imgsimd.exchange.parquet_file import ParquetGallery
from imgsimd.exchange.snapshot import Snapshot, snapshot
from imgsimd.types import ImageId
from tests.support.exchanging import ODD, exported_from, filled, ignore, written
from tests.support.library import CODED, ROOT, content_of, vector_of

STATE = ".local/state/imgsimd"


@pytest.fixture
def gallery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snapshot]:
    filled(tmp_path / STATE).close()
    with exported_from(tmp_path, monkeypatch) as opened:
        yield opened


def test_parquet_has_a_row_for_each_photo_with_all_that_is_known(gallery: Snapshot) -> None:
    table = pq.read_table(io.BytesIO(written(gallery, "parquet")))
    rows = {row["id"]: row for row in table.to_pylist()}
    assert sorted(rows) == [1, 2, 3, 4, 5]
    first = rows[1]
    assert (first["path"], first["path_text"]) == (b"/photos/a.jpg", "/photos/a.jpg")
    assert (first["size"], first["mtime_ns"], first["hidden"]) == (100, 1000, 0)
    assert first["content"] == content_of(0).hex()
    assert (first["format"], first["width"], first["height"]) == ("JPEG", 4000, 3000)
    assert (first["taken"], first["make"], first["read"]) == ("2024-05-01T13:45:07", "Canon", 0.5)
    assert (first["has_place"], first["latitude"], first["longitude"]) == (True, 50.8, -0.1)
    assert np.array_equal(np.float32(first["vector"]), vector_of(content_of(0)))
    assert (rows[2]["path"], rows[2]["width"]) == (ODD, None)
    assert rows[2]["path_text"] == "/photos/caf\ufffd\n\x1b[31m.jpg"
    assert (rows[4]["failure"], rows[4]["failure_kind"]) == ("it is cut off", "cut_off")
    assert [rows[n]["vector"] for n in (4, 5)] == [None, None]


def test_npz_has_the_same_without_pickles(gallery: Snapshot) -> None:
    arrays = np.load(io.BytesIO(written(gallery, "npz")), allow_pickle=False)
    assert arrays["id"].tolist() == [1, 2, 3, 4, 5]
    ends = arrays["path_ends"].tolist()
    paths = [arrays["path"].tobytes()[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    assert paths[:2] == [b"/photos/a.jpg", ODD]
    assert arrays["width"].tolist() == [4000, -1, -1, -1, -1]
    assert arrays["vector_id"].tolist() == [1, 2, 3]
    assert np.array_equal(arrays["vector"][1], vector_of(content_of(1)))
    assert json.loads(arrays[NAME].tobytes())["models"][0]["name"] == "m"


def test_both_can_be_read_again_row_by_row(gallery: Snapshot) -> None:
    expected = [row for page in gallery.rows() for row in page]
    assert [set(row) for row in expected] == [{c.name for c in COLUMNS} | {"vectors"}] * 5
    for kind, reader in (("parquet", ParquetGallery), ("npz", NpzGallery)):
        found = reader(io.BytesIO(written(gallery, kind)))
        assert [row for page in found.rows() for row in page] == expected
        assert found.manifest == gallery.manifest


def test_the_index_is_byte_for_byte_what_faiss_writes(gallery: Snapshot) -> None:
    stream = io.BytesIO()
    assert faiss_file.write(gallery, [ROOT], stream, ignore) == 3
    vectors = np.array([vector_of(content_of(n)) for n in range(3)])
    index = faiss.IndexIDMap2(faiss.IndexFlatL2(8))
    index.add_with_ids(vectors, np.array([1, 2, 3]))
    assert stream.getvalue() == faiss.serialize_index(index).tobytes()


@pytest.fixture
def coded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snapshot]:
    """The same gallery, with vectors that are stored as int8."""
    filled(tmp_path / STATE, CODED).close()
    with exported_from(tmp_path, monkeypatch) as opened:
        yield opened


def test_what_is_stored_as_int8_is_exported_as_numbers_and_read_again_as_the_same_codes(
    coded: Snapshot,
) -> None:
    vectors = np.array([CODED.rounded(vector_of(content_of(n))) for n in range(3)])
    table = pq.read_table(io.BytesIO(written(coded, "parquet")))
    assert np.array_equal(np.array(table["vector"].to_pylist()[:3], np.float32), vectors)
    arrays = np.load(io.BytesIO(written(coded, "npz")), allow_pickle=False)
    assert np.array_equal(arrays["vector"], vectors)
    stream = io.BytesIO()
    assert faiss_file.write(coded, [ROOT], stream, ignore) == 3
    index = faiss.deserialize_index(np.frombuffer(stream.getvalue(), np.uint8))
    assert np.array_equal(index.reconstruct_batch([1, 2, 3]), vectors)
    expected = [row for page in coded.rows() for row in page]
    assert len(expected[0]["vectors"][0].numbers) == 8
    for kind, reader in (("parquet", ParquetGallery), ("npz", NpzGallery)):
        found = reader(io.BytesIO(written(coded, kind)))
        assert [row for page in Checks(found.manifest).checked(found.rows()) for row in page] == (
            expected
        )
        assert found.manifest == coded.manifest
        assert found.manifest.models[0].form == CODED


def test_the_index_has_no_photos_that_searches_do_not_find(gallery: Snapshot) -> None:
    stream = io.BytesIO()
    assert faiss_file.write(gallery, [b"/photo"], stream, ignore) == 0
    assert faiss.deserialize_index(np.frombuffer(stream.getvalue(), np.uint8)).ntotal == 0


def test_a_vector_that_is_damaged_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = filled(tmp_path / STATE)
    with library._catalog.atomic():
        library._catalog.embeddings.store(ImageId(1), 1, b"short", 1)
    library.close()
    with exported_from(tmp_path, monkeypatch) as gallery:
        for kind in ("parquet", "npz"):
            reader = ParquetGallery if kind == "parquet" else NpzGallery
            (rows,) = reader(io.BytesIO(written(gallery, kind))).rows()
            assert [row["vectors"][0] is None for row in rows] == [True, False, False, True, True]


def test_without_a_daemon_the_database_is_copied_and_nothing_of_the_copy_is_left(
    tmp_path: Path, gallery: Snapshot
) -> None:
    assert os.listdir(tmp_path) == [".local"]
    assert gallery.manifest.roots == [ROOT]


def test_without_a_gallery_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(ConfigError, match="no gallery yet"),
        exported_from(tmp_path, monkeypatch),
    ):
        pytest.fail("there is nothing to export")
    with pytest.raises(ConfigError, match="cannot be copied into /nowhere"), snapshot("/nowhere"):
        pytest.fail("there is no such folder")


def test_a_gallery_of_an_earlier_version_is_exported_without_being_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / STATE).close()
    file = tmp_path / STATE / "gallery.db"
    with closing(sqlite3.connect(file)) as database:
        database.executescript(
            """ALTER TABLE models DROP COLUMN stored_as;
            DROP TABLE shared; DROP TABLE shared_roots; DROP TABLE outbox;
            DROP TABLE shared_thumbnails;
            DELETE FROM _sqlite_migrations WHERE id > 15; PRAGMA user_version = 15"""
        )
    with exported_from(tmp_path, monkeypatch) as gallery:
        assert gallery.manifest.images == 5
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (15,)
