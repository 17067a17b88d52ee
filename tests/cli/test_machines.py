"""What is printed of photos that another machine has, and the option that asks for them."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from imgsimd.cli import filter_options, render
from imgsimd.cli.asking import Answered
from imgsimd.cli.cells import PathCell
from imgsimd.cli.match_list import MatchList, Paths
from imgsimd.cli.outcome_report import report
from imgsimd.client import Client, Match, SimilarResult
from imgsimd.client.wanted import Wanted, as_json
from imgsimd.errors import ConfigError

HERE: dict[str, Any] = {
    "rank": 1, "exact_rank": 1, "id": 3, "path": "/photos/a.jpg", "host": "laptop",
    "shared_id": (7 << 42) + 3, "distance": 0.1, "similarity": 0.99,
}  # fmt: skip
THERE: dict[str, Any] = HERE | {"rank": 2, "id": (9 << 42) + 3, "shared_id": (9 << 42) + 3}
THERE |= {"host": "nas"}
ALONE: dict[str, Any] = HERE | {"host": None, "shared_id": None}


def result(*matches: dict[str, Any], **more: object) -> SimilarResult:
    return SimilarResult.of({"model": "m", "matches": list(matches), **more})


def test_a_photo_of_another_machine_has_its_name_before_its_path(
    capsys: pytest.CaptureFixture[str],
) -> None:
    render.matches([Match.of(each) for each in (HERE, THERE)])
    ours, theirs = capsys.readouterr().out.splitlines()[1:]
    assert ours.endswith(" /photos/a.jpg")
    assert theirs.endswith(" nas:/photos/a.jpg")


@pytest.mark.parametrize(
    ("nul", "expected"),
    [(False, "/photos/a.jpg\nnas:/photos/a.jpg\n"), (True, "/photos/a.jpg\0nas:/photos/a.jpg\0")],
)
def test_programs_get_it_so_too(
    capfdbinary: pytest.CaptureFixture[bytes], nul: bool, expected: str
) -> None:
    Paths(nul, only_sure=False).add(Answered([], result(HERE, THERE)))
    assert capfdbinary.readouterr().out == expected.encode()


def test_where_nothing_is_shared_no_machine_is_named() -> None:
    match = Match.of(ALONE)
    assert (match.place, match.is_elsewhere) == ("/photos/a.jpg", False)


def test_a_path_there_is_no_link_and_not_shortened_as_if_it_were_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/photos")
    cell = PathCell("/photos/a.jpg", host="nas")
    (line,) = cell.lines(80)
    assert "".join(run.text for run in line) == "nas:/photos/a.jpg"
    assert not any(run.link for run in line)
    (short,) = PathCell("/photos/2021/Brighton/a.jpg", host="nas").lines(20)
    assert "".join(run.text for run in short) == "nas:/…/a.jpg"


def test_it_is_said_once_that_other_machines_were_not_searched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    some = result(HERE, local_only=True, trouble="Milvus does not answer.")
    report([Answered([], some), Answered([], some)], MatchList(), several=True)
    said = capsys.readouterr().err
    assert said.count("Only this machine's photos were searched. Milvus does not answer.") == 1


@pytest.mark.parametrize("option", ["--same", "--verify"])
def test_what_opens_photos_takes_no_host(option: str) -> None:
    with pytest.raises(typer.BadParameter, match=f"{option} opens the photos"):
        filter_options.machines(["nas"], same=option == "--same", verify=option == "--verify")


def test_a_folder_on_another_machine_is_not_looked_for_here() -> None:
    client = Client("/nobody/listens")
    wanted = filter_options.folders(client, ["/srv/photos/"], ["/srv/photos/private"], ["nas"])
    wanted |= filter_options.machines(["nas"], same=False, verify=False)
    sent = as_json(wanted)
    assert (sent["under"], sent["not_under"]) == (["/srv/photos"], ["/srv/photos/private"])
    assert sent["hosts"] == ["nas"]
    with pytest.raises(ConfigError, match="photos is not a whole path: with --host"):
        filter_options.folders(client, ["photos"], [], ["nas"])


def test_no_host_is_sent_that_nobody_asks_for() -> None:
    """A daemon that knows of no hosts would refuse the field."""
    assert "hosts" not in as_json(Wanted(hosts=[]))
