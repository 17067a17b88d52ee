"""What `imgsimctl doctor` says of the server that several machines share."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.doctor import store
from imgsimd.doctor.result import Result
from imgsimd.doctor.situation import Daemon, Situation
from imgsimd.locations import Locations
from tests.support.milvus_server import free_port, milvus_server


@pytest.fixture
def where(tmp_path: Path) -> Locations:
    return Locations(tmp_path / "config.toml", tmp_path / "state", tmp_path / "socket", False)


def only(where: Locations, **index: str) -> Result:
    """The one result with these settings."""
    lines = [f'{key} = "{value}"' for key, value in index.items()]
    where.config.write_text("\n".join(["[index]", *lines]))
    (result,) = store.check(Situation(where, "", {}, Daemon()))
    return result


def test_without_a_server_nothing_is_asked(where: Locations) -> None:
    assert only(where).result == "pass"
    assert only(where, uri="http://nowhere.invalid:1").result == "pass"


def test_a_server_that_is_away_is_told(where: Locations) -> None:
    uri = f"http://127.0.0.1:{free_port()}"
    result = only(where, backend="milvus", uri=uri)
    assert (result.result, result.remedy) == ("fail", "imgsimctl doctor")
    assert f"Nothing answers at {uri}" in result.sentence


def test_a_file_that_cannot_be_read_is_named_with_its_setting(
    where: Locations, tmp_path: Path
) -> None:
    result = only(where, backend="milvus", token_file=f"{tmp_path}/token")
    assert result.result == "fail"
    assert f"`token_file` of `[index]`, {tmp_path}/token, cannot be read" in result.sentence
    assert str(where.config) in result.remedy


@pytest.mark.long
def test_a_server_that_answers_passes_and_stays_as_it_is(where: Locations, tmp_path: Path) -> None:
    with milvus_server(tmp_path) as server:
        for _ in range(2):
            result = only(where, backend="milvus", uri=server.uri)
            assert result.result == "pass", result
            assert "answers: 0 machines and 0 collections" in result.sentence
