"""The typed client against a real daemon."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from imgsimd.client import Client, PictureBytes, SimilarResult, Weighted
from imgsimd.errors import BadPictureError, BadPicturesError, NotRunningError, RequestError
from tests.support.household import Household, indexed
from tests.support.patience import DEADLINE


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Four indexed photos and a running daemon."""
    with indexed(tmp_path_factory.mktemp("house"), album[:4]) as home:
        yield home


@pytest.fixture
def client(house: Household) -> Iterator[Client]:
    with Client(house.socket) as client:
        yield client


def test_a_photo_is_found_by_its_path_by_a_copy_and_by_its_bytes(
    house: Household, client: Client, album: list[Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copyfile(album[1], tmp_path / "copy.jpg"))
    by_copy = client.similar(copy, k=1)
    assert by_copy.matches[0].path == str(house.photos / album[1].name)
    assert client.similar(copy.read_bytes(), k=1) == by_copy
    known = client.similar(house.photos / album[1].name).matches
    assert known
    assert by_copy.matches[0].path not in [match.path for match in known], "it is left out itself"


def test_known_and_unknown_pictures_count_as_one(
    house: Household, client: Client, album: list[Path]
) -> None:
    question = client.question(house.photos / album[0].name, album[9].read_bytes())
    assert question.ask(k=2).matches == question.ask(k=3).matches[:2]


def test_a_picture_can_be_taken_away_whether_it_is_indexed_or_sent(
    house: Household, client: Client, album: list[Path]
) -> None:
    first, second = house.photos / album[0].name, house.photos / album[1].name
    indexed = client.similar(first, Weighted(second, -0.4)).matches
    sent = client.similar(album[0].read_bytes(), Weighted(album[1].read_bytes(), -0.4)).matches
    left = [match for match in sent if match.path not in (str(first), str(second))]
    assert [match.path for match in left] == [match.path for match in indexed]
    with pytest.raises(RequestError, match="cancel each other out"):
        client.similar(first, Weighted(album[0].read_bytes(), -1))


def test_the_very_picture_is_found_and_compared_indexed_or_not(
    house: Household, client: Client, album: list[Path], tmp_path: Path
) -> None:
    photo = house.photos / album[3].name
    other = tmp_path / "recompressed.jpg"
    cv2.imwrite(str(other), np.asarray(cv2.imread(str(photo))), [cv2.IMWRITE_JPEG_QUALITY, 40])
    (found,) = client.same(other).matches
    assert (found.path, found.verdict) == (str(photo), "same")
    assert found.transform
    assert found.transform.scale == pytest.approx(1, abs=0.01)
    assert client.same(other.read_bytes()).matches == (found,)
    assert client.same(photo).matches == (), "it is left out itself"
    verified = client.similar(other, verify=True).matches
    assert [match.verdict for match in verified if match.path == str(photo)] == ["same"]
    assert all(match.verdict for match in verified)
    assert all(match.verdict is None for match in client.similar(other).matches)

    comparison = client.compare(other, photo)
    assert comparison.verdict == "same"
    assert comparison.distance == pytest.approx(found.distance, abs=1e-6)
    assert client.compare(other, photo, verify=False).verdict is None
    assert client.compare(photo, house.photos / album[1].name).verdict == "no"
    with pytest.raises(RequestError, match="one picture at a time"):
        client.similar(other, photo, verify=True)
    sent = PictureBytes(other.read_bytes())
    by_each = client.similar_to_each(sent, b"nothing", photo, same=True)
    first, bad, last = by_each
    assert isinstance(first, SimilarResult)
    assert isinstance(last, SimilarResult)
    assert (first.matches, last.matches) == ((found,), ())
    assert isinstance(bad, BadPictureError)


def test_each_of_many_pictures_is_answered_as_if_it_were_alone(
    house: Household, client: Client, album: list[Path], tmp_path: Path
) -> None:
    """Known and unknown ones, missing files and what is no picture, in their order."""
    known, copy, taken = house.photos / album[0].name, album[9], album[3]
    asked: list[Path | bytes] = [known, copy.read_bytes(), tmp_path / "missing.jpg", b"text", copy]
    for others in ([], [Weighted(taken, -0.3)]):
        results = list(client.similar_to_each(*asked, others=others, k=2))
        assert [isinstance(result, BadPictureError) for result in results] == [0, 0, 1, 1, 0]
        for number in (0, 1, 4):
            alone = client.similar(asked[number], *others, k=2)
            found = results[number]
            assert isinstance(found, SimilarResult)
            assert [match.id for match in found.matches] == [match.id for match in alone.matches]


def test_a_picture_of_which_the_others_leave_nothing_does_not_stop_the_next(
    house: Household, client: Client, album: list[Path]
) -> None:
    first, second = house.photos / album[0].name, house.photos / album[1].name
    nothing, found = client.similar_to_each(first, second, others=[Weighted(first, -1)])
    assert str(nothing) == f"{first} cannot be asked about: the other pictures leave nothing of it."
    assert isinstance(found, SimilarResult)


def test_every_picture_that_cannot_be_read_is_named(client: Client, album: list[Path]) -> None:
    with pytest.raises(BadPicturesError) as error:
        client.similar(b"text", album[0], PictureBytes(b"", "An empty one"))
    assert [str(each).split(":")[0] for each in error.value.errors] == [
        "The picture cannot be used",
        "An empty one cannot be used",
    ]


def test_what_is_no_picture_is_named(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BadPictureError, match=r"No such file: .*nothing\.jpg"):
        client.similar(tmp_path / "nothing.jpg")
    with pytest.raises(BadPictureError, match="The picture cannot be used: it is not an image"):
        client.similar(b"text")


def test_waiting_returns_the_status_also_while_paused(
    house: Household, client: Client, album: list[Path]
) -> None:
    assert client.wait().images == 4
    client.pause()
    (photo,) = house.add(album[5], "later.jpg")
    try:
        assert client.wait(timeout=DEADLINE).is_at_rest, "paused, it does not wait for later.jpg"
    finally:
        client.resume()
        photo.unlink()


def test_closing_ends_the_events(client: Client) -> None:
    events = client.events()
    assert next(events).pid
    client.close()
    assert next(events, None) is None


def test_without_a_daemon_it_is_told_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="Start it with `imgsimctl up`"):
        Client(tmp_path / "sock").status()


def test_photos_are_listed_page_by_page_and_by_their_ids(
    house: Household, client: Client, album: list[Path]
) -> None:
    first = client.images(limit=3)
    last = client.images(limit=3, after=first.next)
    found = [*first.images, *last.images]
    assert last.next is None
    assert {image.path for image in found} == {str(house.photos / each.name) for each in album[:4]}
    assert [image.id for image in found] == sorted((image.id for image in found), reverse=True)
    assert {image.id for image in client.images("taken").images} == {image.id for image in found}
    assert client.images(under=[house.photos / "none"]).images == ()
    one, other, *_ = found
    assert client.records([other.id, one.id, 10**9]) == {one.id: one, other.id: other}
    assert client.records([]) == {}
    state = Path(one.path).stat()
    assert (one.bytes, one.mtime_ns) == (state.st_size, state.st_mtime_ns)
    assert one.format == "JPEG"
    assert one.pixels
    with pytest.raises(TypeError, match="no option 'max_distance'"):
        client.images(max_distance=1)  # type: ignore[call-arg]  # that is the test
    for wrong in ("1", "1.x", "1.1.1", "9" * 19 + ".1", ""):
        with pytest.raises(RequestError) as told:
            client.images(after=wrong)
        assert (told.value.code, told.value.status) == ("bad_request", 422)


def test_photos_are_counted_by_folder_month_format_and_camera(
    house: Household, client: Client
) -> None:
    (root,) = client.counts("folder").counts
    assert (root.value, root.count, root.own) == (str(house.photos), 4, 4)
    assert client.counts("folder", house.photos).counts == ()
    (format_,) = client.counts("format").counts
    assert (format_.value, format_.count) == ("JPEG", 4)
    one = client.images(limit=1).images[0].id
    (month,) = client.counts("month", ids=[one]).counts
    assert month.count == 1
    assert sum(each.count for each in client.counts("camera", under=["/nowhere"]).counts) == 0
    with pytest.raises(RequestError, match="`parent` means nothing by month") as told:
        client.counts("month", house.photos)
    assert told.value.status == 400
