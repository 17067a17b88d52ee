"""`imgsimctl model evaluate` as a user sees it, on drawn photos of few kinds."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from imgsimd.config import DEFAULT_MODEL
from imgsimd.embedding.protocol import ALTERATIONS
from imgsimd.milvus.messages import Collections
from imgsimd.models import model_files
from tests.support.household import Household, children, until
from tests.support.milvus_link import linked
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.patience import DEADLINE
from tests.support.terminal import shown, visible

KINDS = "forest", "planet", "sunset"
BUILT_IN = DEFAULT_MODEL


@pytest.fixture
def labelled(home: Household, album: list[Path]) -> Path:
    """Three kinds of three photos, each in a folder of its own."""
    folder = home.folder / "kinds"
    for photo in album:
        kind = photo.name.partition("-")[0]
        if kind in KINDS:
            (folder / kind).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(photo, folder / kind / photo.name)
    return folder


@pytest.fixture
def milvus(home: Household, tmp_path: Path) -> Iterator[MilvusServer]:
    """A server that the settings name."""
    with milvus_server(tmp_path) as server:
        home.configure(f'[index]\nbackend = "milvus"\nuri = "{server.uri}"\n')
        yield server


def twins(home: Household, *names: str) -> None:
    """Installs the built-in model under other names, too."""
    models = home.state / "models"
    models.mkdir(parents=True)
    for name in names:
        for suffix in (".tflite", ".toml"):
            built_in = model_files.BUILT_IN / f"{BUILT_IN}{suffix}"
            shutil.copyfile(built_in, models / f"{name}{suffix}")


def has_ended(pid: int) -> bool:
    """Whether it is gone, or nobody has asked how it ended."""
    with suppress(FileNotFoundError):
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    return True


def evaluated(home: Household, labelled: Path, *names: str) -> Any:
    done = home.ctl("model", "evaluate", *names, "--labelled", str(labelled), "--json")
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_it_measures_on_the_users_own_photos_without_a_daemon_and_leaves_no_trace(
    home: Household, labelled: Path
) -> None:
    """Beside the photos lies what cannot be used, under names that nobody should print."""
    odd = labelled / os.fsdecode(b"\x1b[2J\xff [bold]\n")
    odd.mkdir()
    shutil.copyfile(labelled / "sunset/sunset-01.jpg", odd / "alone.jpg")
    (odd / "broken\n.jpg").write_bytes(b"no picture")
    os.mkfifo(odd / "pipe.jpg")
    shutil.copyfile(labelled / "sunset/sunset-01.jpg", labelled / "of no kind.jpg")
    before = sorted(home.folder.rglob("*"))
    (found,) = evaluated(home, labelled, BUILT_IN)
    assert sorted(home.folder.rglob("*")) == before
    assert (found["model"], found["photos"], found["questions"], found["kinds"]) == (
        *(BUILT_IN, 10, 9, 4),
    )
    assert found["recall_at_1"] > 0.7
    assert found["precision_at_10"] == pytest.approx(0.2)  # two of the nine others
    assert found["reranked_precision_at_10"] == found["precision_at_10"]  # there are no others
    assert 0.7 < found["map"] <= 1
    assert 0.7 < found["reranked_map"] <= 1
    assert set(found["copies"]) == set(ALTERATIONS)
    assert all(0.7 < share <= 1 for share in found["copies"].values())
    assert found["bytes_per_photo"] == 960
    assert found["photos_per_second"] > 1
    assert 2**24 < found["memory_bytes"] < 2**30
    assert [os.path.basename(each["path"]) for each in found["unread"]] == [
        *("broken\n.jpg", "pipe.jpg"),
    ]


@pytest.mark.long
def test_the_table_has_a_column_for_each_model_and_says_what_is_left_out(
    home: Household, labelled: Path
) -> None:
    odd = labelled / "\x1b[2J"
    odd.mkdir()
    shutil.copyfile(labelled / "sunset/sunset-01.jpg", odd / "alone.jpg")
    shutil.copyfile(labelled / "sunset/sunset-01.jpg", labelled / "of no kind.jpg")
    for number in range(12):
        (odd / f"broken {number:02}.jpg").write_bytes(b"no picture")
    done = home.ctl("model", "evaluate", BUILT_IN, "--labelled", str(labelled))
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].split() == [BUILT_IN]
    assert [line.split()[-1] for line in lines[1:5]] == ["10", "4", "0.778", "0.200"]
    assert [line.split()[:2] for line in lines[5:8]] == [
        *(["-", "re-ranked"], ["mAP", lines[6].split()[-1]], ["-", "re-ranked"]),
    ]
    said = done.stderr.decode()
    assert "\x1b" not in said
    assert "Left out, because in no folder of a kind: 1 photo." in said
    assert "Not asked about, because alone of their kind: 1 photo." in said
    assert said.count("Left out: ") == 10
    assert "\\x1b[2J/broken 00.jpg: " in said
    assert "Left out, too: 2 more that cannot be read. --json names all." in said


@pytest.mark.long
def test_on_a_narrow_terminal_models_that_do_not_fit_beside_others_stand_below(
    home: Household, labelled: Path
) -> None:
    twins(home, "first", "second twin", "third")
    command = [str(home.scripts / "imgsimctl"), "model", "evaluate", "--labelled", str(labelled)]
    command += [BUILT_IN, "first", "second twin", "third"]
    code, text = shown(command, home.environ | {"PAGER": "cat"}, 60, home.folder)
    assert code == 0
    lines = [line.split() for line in visible(text).splitlines()]
    heads = [line for line in lines if line and line[-1] in ("first", "twin", "third", BUILT_IN)]
    assert heads == [[BUILT_IN, "first"], ["second", "twin", "third"]]
    assert [len(line) for line in lines if line[:1] == ["photos"]] == [3, 5, 3, 5]


@pytest.mark.long
def test_a_daemon_that_runs_is_not_disturbed(home: Household, labelled: Path) -> None:
    home.start()
    before = home.settle()
    twins(home, "twin")
    found = evaluated(home, labelled)
    by_name = {each["model"]: each for each in found}
    assert list(by_name) == [each.name for each in model_files.available(home.state / "models")]
    assert by_name["twin"] | DIFFERENT == by_name[BUILT_IN] | DIFFERENT
    (again,) = evaluated(home, labelled, "twin", "twin")
    assert again | DIFFERENT == by_name["twin"] | DIFFERENT
    after = home.status()
    assert (after["decoded"], after["images"]) == (before["decoded"], before["images"])


DIFFERENT = dict.fromkeys(("model", "photos_per_second", "memory_bytes"))
"""What may differ between two models of the same file."""


@pytest.mark.long
def test_a_model_that_no_worker_can_use_does_not_keep_others_from_being_measured(
    home: Household, labelled: Path
) -> None:
    models = home.state / "models"
    models.mkdir(parents=True)
    text = (model_files.BUILT_IN / f"{BUILT_IN}.toml").read_text()
    (models / "broken.toml").write_text(text)
    (models / "broken.tflite").write_bytes(b"no model")
    done = home.ctl(
        *("model", "evaluate", "broken", BUILT_IN, "--labelled", str(labelled), "--json")
    )
    assert done.returncode == 12
    assert [each["model"] for each in json.loads(done.stdout)] == [BUILT_IN]
    (said,) = done.stderr.decode().splitlines()
    assert json.loads(said)["error"]["message"].startswith(
        "No embedding worker can work with the model broken. It said last: "
    )


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["no such"], 8, "Unknown model 'no such'."),
        (["../models/efficientnet-lite0"], 8, "Unknown model '../models/efficientnet-lite0'."),
        (["--labelled", "/dev/null"], 9, "/dev/null cannot be listed"),
        ([], 9, "There is no room for vectors in /proc/full ("),
        (["--indexes"], 9, "The settings name no Milvus server whose indexes could be measured"),
    ],
)
def test_what_cannot_be_evaluated_is_told_in_a_sentence(
    home: Household, labelled: Path, arguments: list[str], code: int, sentence: str
) -> None:
    done = home.ctl(
        *("model", "evaluate", "--labelled", str(labelled), *arguments), TMPDIR="/proc/full"
    )
    assert done.returncode == code
    assert sentence in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.long
def test_the_indexes_of_a_server_are_measured_and_nothing_of_it_stays_there(
    home: Household, labelled: Path, milvus: MilvusServer
) -> None:
    """milvus-lite has no DISKANN."""
    done = home.ctl("model", "evaluate", BUILT_IN, "--labelled", str(labelled), "--indexes")
    assert done.returncode == 0, done.stderr.decode()
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    first = next(n for n, line in enumerate(lines) if line[0] == "FLAT:")
    assert [line[-1] for line in lines[first:] if "recall@10" in line] == ["1.000"] * 3
    assert [line[0] for line in lines[first:] if line[0] != "-"] == [
        *("FLAT:", "HNSW:", "IVF_FLAT:", "DISKANN"),
    ]
    assert lines[-1] == ["DISKANN", "unavailable"]
    assert "DISKANN could not be measured. Milvus at " in done.stderr.decode()
    with linked(milvus.link) as link:
        assert link.ask(Collections("imgsimd")) == []


@pytest.mark.long
def test_a_server_that_is_away_is_told_before_anything_is_embedded(
    home: Household, labelled: Path, milvus: MilvusServer
) -> None:
    milvus.stop()
    done = home.ctl("model", "evaluate", BUILT_IN, "--labelled", str(labelled), "--indexes")
    assert done.returncode == 17
    assert "Nothing answers at " in done.stderr.decode()
    assert "embedding" not in done.stderr.decode()


@pytest.mark.long
def test_ctrl_c_leaves_nothing_on_the_server(
    home: Household, labelled: Path, milvus: MilvusServer
) -> None:
    with (
        linked(milvus.link) as link,
        subprocess.Popen(
            [
                *(home.scripts / "imgsimctl", "model", "evaluate", BUILT_IN),
                *("--labelled", labelled, "--indexes"),
            ],
            env=home.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as command,
    ):
        until(lambda: link.ask(Collections("imgsimd")))
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=DEADLINE)
        assert (command.returncode, out, err) == (130, b"", b"")
        assert link.ask(Collections("imgsimd")) == []


@pytest.mark.long
def test_ctrl_c_ends_it_with_its_worker(home: Household, labelled: Path) -> None:
    for number in range(400):
        os.link(labelled / "sunset/sunset-01.jpg", labelled / f"sunset/more {number}.jpg")
    with subprocess.Popen(
        [home.scripts / "imgsimctl", "model", "evaluate", "--labelled", labelled],
        env=home.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's background jobs ignore SIGINT, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as command:
        (child,) = until(lambda: children(command.pid))
        (worker,) = until(lambda: children(child))
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=DEADLINE)
    assert command.returncode == 130
    assert (out, err) == (b"", b"")
    until(lambda: has_ended(child) and has_ended(worker))
