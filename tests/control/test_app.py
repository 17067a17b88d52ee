"""What the routes answer, wrong questions included: always JSON, never a traceback."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd.control.strict_json import MAX_JSON
from imgsimd.errors import BadPictureError, FaultKind, RequestError
from tests.support.household import Household
from tests.support.patience import DEADLINE
from tests.support.pictures import png
from tests.support.proxy import overheard
from tests.support.serving import heard


def raw(home: Household, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """Status and JSON of any request, however wrong."""
    connection = http.client.HTTPConnection("imgsimd", timeout=DEADLINE)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(home.socket))
    connection.request(method, path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content)


def similar(home: Household, **question: Any) -> list[dict[str, Any]]:
    return cast(
        list[dict[str, Any]], cast(Any, home.client.post("/v1/similar", question))["matches"]
    )


WRONG = [
    b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"queries": []}', b'{"queries": [{}]}',
    b'{"queries": [{"path": "relative.jpg"}]}', b'{"queries": [{"path": 5}]}',
    b'{"queries": [{"path": "/a\\u0000b"}]}', b'{"queries": [{"path": "/\\ud800"}]}',
    b'{"queries": [{"vector": []}]}', b'{"queries": [{"vector": [1, 2]}]}',
    b'{"queries": [{"vector": ["x"]}]}', b'{"queries": [{"vector": [NaN]}]}',
    b'{"queries": [{"vector": [' + b"0," * 255 + b"0]}]}",
    b'{"queries": [{"vector": [' + b"1e308," * 255 + b"1e999]}]}",
    b'{"queries": [{"path": "/a.jpg"}], "k": 0}', b'{"queries": [{"path": "/a.jpg"}], "k": -1}',
    b'{"queries": [{"path": "/a.jpg"}], "k": 1000000000}',
    b'{"queries": [{"path": "/a.jpg"}], "max_distance": -1}',
    b'{"queries": [{"path": "/a.jpg"}], "unknown": 1}',
    b'{"queries": [{"path": "/a.jpg"}], "max_distance": Infinity}',
    b'{"queries": [{"path": "/a.jpg"}], "max_distance": 1e999}',
    b'{"queries": [{"path": "/a.jpg"}], "k": "10"}',
    b'{"queries": [{"path": "/a.jpg"}], "k": true}',
    b'{"queries": [{"path": "/a.jpg"}], "k": 1.5}',
    b'{"queries": [{"path": "/a.jpg"}], "k": 1e999}',
    b'{"queries": [{"path": "/a.jpg"}], "k": 5, "k": 6}',
    b'{"queries": [{"path": "/a.jpg", "path": "/b.jpg"}]}',
    b'{"queries": [{"path": "/a.jpg", "size": ' + b"9" * 5000 + b"}]}",
    b'{"queries": [{"path": "/a.jpg", "size": ' + b"9" * 4000 + b', "mtime_ns": 0, "inode": 0}]}',
    b'{"queries": [{"path": "/a.jpg"}], "\\ud800": 1}', b'{"\\ud800": [{"\\udfff": "\\udc00"}]}',
    b'{"queries": [{"path": "/' + b"a" * 100_000 + b'"}]}',
    b'{"queries": [{"vector": [' + b'"x",' * 60_000 + b'"x"]}]}',
    b'{"queries": ' + b'[{"vector":' * 100_000, b'{"queries":' * 100_000,
    b"[" * 100_000, b"\xff\xfe", b'{"queries": [{"path": "/nowhere.jpg"}]}',
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_a_wrong_question_is_a_structured_error(served: Household, body: bytes) -> None:
    status, answer = raw(served, "POST", "/v1/similar", body)
    assert 400 <= status < 500, answer
    assert set(answer["error"]) >= {"code", "message"}
    assert "Traceback" not in answer["error"]["message"]
    assert len(answer["error"]["message"]) < 1000


def test_more_json_than_anybody_needs_is_refused_before_it_is_read(served: Household) -> None:
    status, answer = raw(served, "POST", "/v1/similar", b" " * (MAX_JSON + 1))
    assert (status, answer["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", 404),
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/status", 405),
        ("GET", "/v1/images/999999/thumbnail", 404),
        ("GET", "/v1/images/x/thumbnail", 422),
        ("GET", "/v1/images/99999999999999999999999/thumbnail", 422),
        ("GET", "/v1/wait?timeout=x", 422),
        ("GET", "/v1/wait?timeout=nan", 422),
        ("POST", "/v1/vectors", 422),
        ("POST", "/v1/thumbnails?pixels=100000", 422),
    ],
)
def test_whatever_goes_wrong_is_json(
    served: Household, method: str, path: str, expected: int
) -> None:
    status, answer = raw(served, method, path)
    assert status == expected, answer
    assert answer["error"]["message"].endswith(".") or expected == 422


@pytest.mark.parametrize("name", ["a", "/", "/a/", "//a", "/a/../b", "/a/.", "/a\0b"])
def test_a_folder_has_only_one_name(served: Household, name: str) -> None:
    """Under another, its images would not be found, or be put where no file can be."""
    for path, body in (
        ("/v1/forget", {"path": name, "confirm": True}),
        ("/v1/relocate", {"old": str(served.photos), "new": name}),
    ):
        status, answer = raw(served, "POST", path, json.dumps(body).encode())
        assert (status, answer["error"]["code"]) == (422, "bad_request")


def test_a_file_that_is_not_a_picture_is_refused_with_the_reason(served: Household) -> None:
    with pytest.raises(BadPictureError, match="not an image") as refused:
        served.client.upload("/v1/vectors", b"hello")
    assert refused.value.kind == FaultKind.NOT_A_PICTURE


def test_a_picture_that_is_sent_is_held_to_the_same_limits(served: Household) -> None:
    with pytest.raises(BadPictureError, match="max_pixels"):
        served.client.upload("/v1/vectors", png(20_000, 20_000))
    with pytest.raises(BadPictureError, match="max_pixels"):
        served.client.upload_for_bytes("/v1/thumbnails", png(20_000, 20_000))


def test_all_queries_that_are_unknown_are_numbered(served: Household, album: list[Path]) -> None:
    known, nowhere = {"path": str(served.photos / album[0].name)}, {"path": "/nowhere.jpg"}
    with pytest.raises(RequestError, match=r"nowhere\.jpg") as error:
        similar(served, queries=[known, nowhere, known, nowhere])
    assert (error.value.code, error.value.queries) == ("unknown_picture", [1, 3])


def test_several_unknown_pictures_cost_one_question_more(
    served: Household, album: list[Path], tmp_path: Path
) -> None:
    """The first names all that must be sent."""
    outside = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(outside):
        path.write_bytes(album[20 + number].read_bytes())
    indexed = served.photos / album[0].name
    queries = [{"path": str(path)} for path in (*outside, indexed)]
    with pytest.raises(RequestError) as error:
        similar(served, queries=queries)
    assert error.value.queries == [0, 1, 2]
    with overheard(served.socket, tmp_path / "sock") as lines:
        answer = served.ctl(
            "similar", *map(str, outside), str(indexed), IMGSIMD_SOCKET=str(tmp_path / "sock")
        )
    assert answer.returncode == 0, answer.stderr
    posts = [line.split()[1] for line in lines if line.startswith("POST")]
    assert posts == ["/v1/similar", *["/v1/vectors"] * 3, "/v1/similar"]


def test_a_file_that_is_not_what_was_indexed_is_unknown(
    served: Household, album: list[Path]
) -> None:
    path = served.photos / album[0].name
    status = path.stat()
    query = {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    assert similar(served, queries=[query | {"inode": status.st_ino}])
    with pytest.raises(RequestError):
        similar(served, queries=[query | {"inode": status.st_ino + 1}])


def test_a_vector_of_any_length_means_its_direction(served: Household, album: list[Path]) -> None:
    vector = cast(Any, served.client.upload("/v1/vectors", album[1].read_bytes()))["vector"]
    matches = similar(served, queries=[{"vector": [1000 * number for number in vector]}])
    assert Path(matches[0]["path"]).name == album[1].name
    assert matches[0]["distance"] == pytest.approx(0, abs=1e-5)


def test_k_larger_than_the_gallery_gives_all(served: Household, album: list[Path]) -> None:
    query = {"path": str(served.photos / album[0].name)}
    assert len(similar(served, queries=[query], k=10_000)) == 5


def test_a_whole_number_may_be_written_with_a_decimal_point(
    served: Household, album: list[Path]
) -> None:
    query = {"path": str(served.photos / album[0].name)}
    assert len(similar(served, queries=[query], k=2.0)) == 2


def test_an_image_has_a_thumbnail(served: Household, album: list[Path]) -> None:
    (match,) = similar(served, queries=[{"path": str(served.photos / album[0].name)}], k=1)
    jpeg = served.client.download(f"/v1/images/{match['id']}/thumbnail", pixels=64)
    assert jpeg.startswith(b"\xff\xd8")


def test_events_begin_with_the_status_and_end_with_the_daemon(
    home: Household, album: list[Path]
) -> None:
    home.start()
    home.settle()
    events = home.client.events("/v1/events")
    assert next(events)["images"] == 0
    home.add(album[0], "a.jpg")
    assert any(event["images"] == 1 for event in events)
    home.stop()
    heard(events)


def test_an_empty_gallery_answers_with_no_match(home: Household, album: list[Path]) -> None:
    home.start()
    home.settle()
    vector = cast(Any, home.client.upload("/v1/vectors", album[0].read_bytes()))["vector"]
    assert similar(home, queries=[{"vector": vector}]) == []
