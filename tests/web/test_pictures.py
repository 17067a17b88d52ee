"""The pictures on the pages, and those that the pages are given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from imgsimd.client import Client
from imgsimd.errors import BadPictureError
from imgsimd.web import thumbnails
from imgsimd.web.asked_pictures import shared_id
from imgsimd.web.uploads import Upload, Uploads
from tests.support.household import Household, until
from tests.support.page_answer import MOST_BYTES
from tests.support.visit import Visit, is_picture, visiting


@dataclass(frozen=True)
class Indexed:
    """What is known of a photo."""

    id: int
    path: str
    bytes: int
    mtime_ns: int


@pytest.fixture(scope="module")
def client(served: Household) -> Client:
    return Client(served.socket)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("visit")


@pytest.fixture(scope="module")
def visit(client: Client, folder: Path) -> Iterator[Visit]:
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        with visiting(client, folder) as visit:
            yield visit


@pytest.fixture
def address(client: Client) -> str:
    """Of the newest photo's thumbnail."""
    return thumbnails.of_photo(client.images(limit=1).images[0], 128)


def test_a_thumbnail_is_kept_for_ever_by_its_version(visit: Visit, address: str) -> None:
    answer = visit.get(address)
    assert is_picture(answer)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert visit.get(address, if_none_match=answer.headers["etag"]).status == 304


def test_without_a_version_the_browser_must_ask_again(visit: Visit, address: str) -> None:
    answer = visit.get(address.partition("&v=")[0])
    assert is_picture(answer)
    assert answer.headers["cache-control"] == "private, no-cache"
    again = visit.get(address.partition("&v=")[0], if_none_match=answer.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_another_version_gets_the_picture_of_today(visit: Visit, address: str) -> None:
    answer = visit.get(f"{address}0", if_none_match='"an-older-one"')
    assert answer.body == visit.get(address).body
    assert answer.headers["cache-control"] == "private, no-cache"


def test_the_disk_keeps_thumbnails(visit: Visit, address: str, folder: Path) -> None:
    made = visit.get(address).body
    until(lambda: made in _kept_on(folder))
    assert visit.get(address).body == made


def test_the_thumbnails_of_two_photos_differ(visit: Visit, client: Client) -> None:
    addresses = [thumbnails.of_photo(photo, 128) for photo in client.images().images]
    assert len({visit.get(address).body for address in addresses}) == len(addresses) == 6


def test_a_file_that_is_not_as_it_was_indexed_has_no_version(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"one")
    photo = Indexed(1, str(path), 3, path.stat().st_mtime_ns)
    before = thumbnails.change(photo)
    assert before is not None
    path.rename(tmp_path / "aside.jpg")
    assert thumbnails.change(photo) is None
    path.write_bytes(b"two")
    os.utime(path, ns=(photo.mtime_ns, photo.mtime_ns))
    assert thumbnails.change(photo) not in (None, before)
    path.write_bytes(b"three")
    assert thumbnails.change(photo) is None


@pytest.mark.parametrize("of", ["999999", "", "u" + "0" * 32, "../etc", "12abc", "-1", "9" * 30])
def test_where_there_is_no_picture_a_sentence_is_shown(of: str, visit: Visit) -> None:
    answer = visit.get(f"thumbnail?of={of}&pixels=384&v=1")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(r"<title>(This p|This a)[^<]+\.</title>", answer.text)


@pytest.mark.parametrize("pixels", ["385", "", "99999999", "-1", "0384"])
def test_other_sizes_are_refused(pixels: str, visit: Visit) -> None:
    answer = visit.get(f"thumbnail?of=1&pixels={pixels}", accept="application/json")
    assert answer.status == 400
    assert "128, 384, 768, 2048, 4096 pixels" in answer.json["error"]["message"]


def test_an_upload_can_be_looked_at(visit: Visit, album: list[Path], tmp_path: Path) -> None:
    answer = visit.post("upload?name=%22a%22%0Ab.jpg", album[10].read_bytes())
    assert answer.status == 201
    assert answer.json["name"] == '"a"\\nb.jpg'
    of = answer.json["picture"]
    small = visit.get(f"thumbnail?of={of}&pixels=384&v={of[1:]}")
    assert is_picture(small)
    assert "immutable" in small.headers["cache-control"]
    assert is_picture(visit.get(f"thumbnail?of={of}&pixels=768"))


def test_the_disk_keeps_nothing_of_an_upload(
    visit: Visit, client: Client, album: list[Path], folder: Path
) -> None:
    of = visit.post("upload", album[11].read_bytes()).json["picture"]
    made = visit.get(f"thumbnail?of={of}&pixels=768&v={of[1:]}")
    assert is_picture(made)
    later = visit.get(thumbnails.of_photo(client.images(limit=1).images[0], 768)).body
    until(lambda: later in _kept_on(folder))
    assert made.body not in _kept_on(folder)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"<html>", "it is not an image"),
        (bytes(MOST_BYTES + 1), "too large"),
    ],
)
def test_what_is_no_picture_is_refused_in_the_words_of_a_search(
    content: bytes, reason: str, visit: Visit
) -> None:
    answer = visit.post("upload?name=notes.txt", content)
    assert answer.status in (413, 422)
    assert reason in answer.json["error"]["message"]


def test_only_the_newest_uploads_are_kept(client: Client, album: list[Path]) -> None:
    uploads = Uploads(client, most=2)
    first, second, third = (_kept(uploads, album[n]) for n in range(3))
    assert uploads.find(first.digest) is None
    assert uploads.find(second.digest) is second
    fourth = _kept(uploads, album[1])
    assert uploads.find(third.digest) is third
    assert fourth.digest == second.digest


def test_uploads_have_so_many_bytes_together(client: Client, album: list[Path]) -> None:
    uploads = Uploads(client, most_bytes=1)
    first, second = (_kept(uploads, album[n]) for n in range(2))
    assert uploads.find(first.digest) is None
    assert uploads.find(second.digest) is second
    with second.opened() as one, second.opened() as other:
        assert one.read() == other.read() == album[1].read_bytes()


def test_an_upload_is_refused_where_nothing_can_be_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc")
    with pytest.raises(BadPictureError, match=r"beach.jpg cannot be kept .* set TMPDIR"):
        Upload("beach.jpg", MOST_BYTES)


def _kept_on(disk: Path) -> list[bytes]:
    return [file.read_bytes() for file in disk.rglob("*.jpg")]


def _kept(uploads: Uploads, file: Path) -> Upload:
    upload = Upload(os.fspath(file), MOST_BYTES)
    upload.add(file.read_bytes())
    return uploads.accept(upload)


def test_where_another_machine_has_stored_no_thumbnail_the_place_says_so(visit: Visit) -> None:
    answer = visit.get(thumbnails.address(str(2**42 + 1), "", 384))
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "No thumbnail of this photo is stored." in " ".join(
        re.sub(r"<[^>]+>", " ", answer.text).split()
    )
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("text", ["12", str(2**42 - 1), str(2**63), "u" + "0" * 32, "-5", ""])
def test_no_other_picture_is_taken_for_another_machines(text: str) -> None:
    assert shared_id(text) is None
    assert shared_id(str(2**63 - 1)) == 2**63 - 1
