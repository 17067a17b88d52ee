"""`imgsimctl metrics` tells Prometheus what the status says, and writes over nobody's file."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest

from imgsimd.cli.main import run
from imgsimd.errors import ConfigError
from tests.support.household import PLANTED, Household
from tests.support.metrics import assert_promtool_accepts, families, values
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user


@pytest.mark.long
def test_the_numbers_are_those_of_the_status(home: Household, album: list[Path]) -> None:
    odd = home.folder / 'odd "\\ \u202e\n\x1b[31m'
    odd.mkdir()
    home.config.write_text(
        'roots = ["{}", "{}"]\n'.format(
            home.photos, str(odd).replace("\\", "\\\\").replace('"', '\\"')
            .replace("\n", "\\n").replace("\x1b", "\\u001b"),
        )
    )  # fmt: skip
    a, *_ = home.add(album[0], "a.jpg", "film.mp4")
    home.add(album[1], "b.jpg")
    (home.photos / "text.jpg").write_text("no picture")
    (home.photos / "crash.jpg").write_bytes(b"\xff\xd8\xff abort")
    home.start(PYTHONPATH=str(PLANTED))
    home.settle()
    home.similar(a)
    home.client.post("/v1/similar/each", {"queries": [{"path": str(a)}, {"path": "/nowhere"}]})
    home.config.write_text("rots = []")
    home.ctl("reload")

    result = home.ctl("metrics")
    assert (result.returncode, result.stderr) == (0, b"")
    found, status = families(result.stdout.decode()), home.status()
    assert values(found["up"]) == {(): 1}
    assert values(found["info"], "version", "model") == {(status["version"], status["model"]): 1}
    assert values(found["images"]) == {(): status["images"]}
    assert values(found["finished_images"]) == {(): status["finished"]}
    assert sum(values(found["failed_images"], "kind").values()) == status["failed"]
    assert values(found["skipped_files"], "reason") == {("video",): 1}
    problems = values(found["problems"], "severity", "code")
    assert problems["error", "reload_failed"] == problems["info", "photos_failed"] == 1
    assert sum(problems.values()) == len(status["problems"])
    online = [root for (root, state), is_so in values(found["root_state"], "root", "state").items()
              if state == "online" and is_so]  # fmt: skip
    assert sorted(online) == sorted(
        [str(home.photos), f'{home.folder}/odd "\\\\ \\u202e\\n\\x1b[31m']
    )
    for name, field in (("images", "images"), ("failed_images", "failed"), ("watches", "watches")):
        assert sorted(values(found[f"root_{name}"], "root").values()) == sorted(
            root[field] for root in status["roots"]
        )
    assert len(values(found["root_last_scan_timestamp_seconds"], "root")) == 2
    assert set(values(found["paused"], "reason").values()) == {0}
    counts = {
        (each.labels["kind"], each.labels.get("le")): each.value
        for each in found["question_duration_seconds"].samples
        if each.name.endswith(("_bucket", "_count"))
    }
    assert counts["similar", None] == counts["similar", "+Inf"] == 2
    assert counts["verified", None] == 0
    assert values(found["index_bytes"]) == {(): 960 * status["images"]}
    for name in ("database_bytes", "start_time_seconds"):
        assert min(values(found[name]).values()) > 0
    assert values(found["resident_memory_bytes"], "process")["worker",] > 0


@needs_tool("promtool")
def test_promtool_finds_nothing_wrong(served: Household) -> None:
    assert_promtool_accepts(served.ctl("metrics").stdout.decode())


def test_every_metric_is_documented(served: Household) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for line in served.ctl("metrics").stdout.decode().splitlines():
        if line.startswith("# TYPE"):
            name = line.split()[2].removeprefix("imgsimd_")
            assert re.search(rf"`{name}[`{{]", readme), name


def test_the_dashboard_shows_metrics_that_there_are(served: Household) -> None:
    file = Path(__file__).parents[2] / "systemd/grafana/imgsimd.json"
    panels = json.loads(file.read_text())["panels"]
    shown = {
        name.removesuffix("_total").removesuffix("_bucket")
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"imgsimd_(\w+)", target["expr"])
    }
    there = families(served.ctl("metrics").stdout.decode())
    assert shown - {"remaining_seconds"} <= set(there)  # absent while nothing is pending


@pytest.fixture
def nowhere(home: Household, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, where no daemon runs for commands in this very process."""
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    return home.folder


def written(file: Path | str) -> int:
    """The exit code of the command that writes this file."""
    return run(["metrics", "--textfile", str(file)])


def test_without_a_daemon_it_says_so_as_a_number_and_succeeds(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["metrics"]) == 0
    out, err = capsys.readouterr()
    assert "isn't running" in err
    assert values(families(out)["up"]) == {(): 0}


def test_a_file_for_node_exporter_is_replaced_in_one_step_and_readable_for_all(
    nowhere: Path,
) -> None:
    file = nowhere / "imgsimd.prom"
    usual = os.umask(0o077)
    try:
        assert written(file) == 0
    finally:
        os.umask(usual)
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    before = file.stat().st_ino
    assert written(file) == 0
    assert file.stat().st_ino != before
    assert values(families(file.read_text())["up"]) == {(): 0}
    assert sorted(nowhere.glob(".imgsimd*")) == []


def test_no_other_file_is_written_over(
    nowhere: Path, album: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    theirs = nowhere / "other.prom"
    theirs.write_text("# HELP imgsimd_up Somebody else's.\n")
    (link := nowhere / "link.prom").symlink_to(nowhere / "gone")
    (picture := nowhere / "picture.prom").write_bytes(album[0].read_bytes())
    (folder := nowhere / "folder.prom").mkdir()
    os.mkfifo(pipe := nowhere / "pipe.prom")
    for file in (theirs, link, picture, folder, pipe, nowhere / "no/where.prom"):
        assert written(file) == ConfigError.exit_code, file
    assert theirs.read_text() == "# HELP imgsimd_up Somebody else's.\n"
    assert picture.read_bytes() == album[0].read_bytes()
    assert not (nowhere / "gone").exists()
    for name in ("photo.jpg", "imgsimd", "-", ""):
        capsys.readouterr()
        assert written(name) == 2, name
        assert ".prom" in capsys.readouterr().err
