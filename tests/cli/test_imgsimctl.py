"""imgsimctl as a user runs it: a real process, against a real daemon."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imgsimd import __version__
from imgsimd.config import DEFAULT_MODEL
from imgsimd.errors import ConfigError
from tests.support.household import SCRIPTS, Household, until
from tests.support.patience import DEADLINE
from tests.support.requires import needs_root, needs_tool
from tests.support.terminal import shown, visible

pytestmark = pytest.mark.user


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Any:
    """Twenty indexed photos and a running daemon, for tests that change nothing."""
    home = Household(tmp_path_factory.mktemp("home"))
    for picture in album[:20]:
        home.add(picture, f"some folder/{picture.name}")
    (home.photos / "broken.jpg").write_text("no picture")
    home.start()
    home.settle()
    yield home
    home.close()


def parsed(result: subprocess.CompletedProcess[bytes]) -> Any:
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)


def sentence(result: subprocess.CompletedProcess[bytes]) -> str:
    """What an error says: one sentence, no traceback."""
    text = result.stderr.decode()
    assert text.startswith("imgsimctl: "), text
    assert "Traceback" not in text
    return text


def test_similar_prints_rank_similarity_distance_and_path(
    shared_home: Household, album: list[Path]
) -> None:
    query = shared_home.photos / "some folder" / album[0].name
    result = shared_home.ctl("similar", str(query), "-k", "3")
    header, *lines = result.stdout.decode().splitlines()
    assert header.split() == ["rank", "similarity", "distance", "path"]
    assert len(lines) == 3
    assert lines[0].split()[0] == "1"
    assert "%" in lines[0].split()[1]
    assert str(query) not in result.stdout.decode()


def test_similar_as_json_has_the_documented_fields(
    shared_home: Household, album: list[Path]
) -> None:
    query = shared_home.photos / "some folder" / album[0].name
    answer = parsed(shared_home.ctl("similar", str(query), "--json"))
    assert answer["model"] == DEFAULT_MODEL
    assert answer["queries"] == [str(query)]
    assert len(answer["matches"]) == 10
    nearest = sorted(answer["matches"], key=lambda match: match["exact_rank"])
    distances = [match["distance"] for match in nearest]
    assert distances == sorted(distances)
    for number, match in enumerate(answer["matches"], start=1):
        assert {"rank", "id", "path", "distance", "similarity"} <= set(match)
        assert match["rank"] == number
        assert os.path.isabs(match["path"])
        assert match["similarity"] == pytest.approx(max(0, 1 - match["distance"] ** 2 / 2))


def test_an_indexed_picture_is_answered_without_decoding_it(
    shared_home: Household, album: list[Path]
) -> None:
    before = shared_home.status()["decoded"]
    query = shared_home.photos / "some folder" / album[1].name
    assert shared_home.ctl("similar", str(query)).returncode == 0
    assert shared_home.status()["decoded"] == before


def test_a_picture_outside_the_folders_is_sent_and_its_indexed_copy_is_found(
    shared_home: Household, album: list[Path]
) -> None:
    answer = parsed(shared_home.ctl("similar", str(album[3]), "--json", "-k", "1"))
    assert Path(answer["matches"][0]["path"]).name == album[3].name
    assert answer["matches"][0]["similarity"] == pytest.approx(1, abs=1e-6)


def test_a_picture_on_standard_input_is_answered(shared_home: Household, album: list[Path]) -> None:
    answer = parsed(
        shared_home.ctl("similar", "-", "--json", "-k", "1", stdin=album[4].read_bytes())
    )
    assert answer["queries"] == ["-"]
    assert Path(answer["matches"][0]["path"]).name == album[4].name


def test_several_pictures_count_as_one_and_none_of_them_is_a_match(
    shared_home: Household, album: list[Path]
) -> None:
    inside = [str(shared_home.photos / "some folder" / album[n].name) for n in (0, 10)]
    answer = parsed(shared_home.ctl("similar", *inside, str(album[5]), "--json", "-k", "30"))
    assert answer["queries"] == [*inside, str(album[5])]
    assert len(answer["matches"]) == 18
    assert not set(inside) & {match["path"] for match in answer["matches"]}


def test_max_distance_limits_the_matches_and_no_match_is_exit_code_5(
    shared_home: Household, album: list[Path]
) -> None:
    query = str(shared_home.photos / "some folder" / album[0].name)
    answer = parsed(shared_home.ctl("similar", query, "--json", "--max-distance", "1.2"))
    assert all(match["distance"] <= 1.2 for match in answer["matches"])
    result = shared_home.ctl("similar", query, "--json", "--max-distance", "0.0001")
    assert result.returncode == 5
    assert json.loads(result.stdout)["matches"] == []
    assert json.loads(result.stderr)["error"]["code"] == "nothing_found"


def test_html_writes_one_page_that_contains_all_pictures(
    shared_home: Household, album: list[Path], tmp_path: Path
) -> None:
    page = tmp_path / "found.html"
    result = shared_home.ctl("similar", str(album[2]), "-k", "4", "--html", str(page))
    assert result.returncode == 0, result.stderr
    text = page.read_text()
    assert text.count("data:image/jpeg;base64,") == 5
    assert "<script" not in text
    assert "http://" not in text


@pytest.mark.parametrize("name", ["missing.jpg", "folder", "pipe.jpg", "text.jpg", "empty.jpg"])
def test_a_bad_picture_is_exit_code_4_and_a_sentence_that_names_it(
    shared_home: Household, tmp_path: Path, name: str
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "empty.jpg").touch()
    result = shared_home.ctl("similar", str(tmp_path / name))
    assert result.returncode == 4
    assert name in sentence(result)


@needs_root
@needs_tool("setpriv")
def test_a_picture_is_read_with_the_rights_of_the_caller_not_of_the_daemon(
    shared_home: Household, album: list[Path], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(album[0].read_bytes())
    secret.chmod(0)
    without_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    asked = subprocess.run(
        [*without_rights, SCRIPTS / "imgsimctl", "similar", secret],
        env=shared_home.environ,
        capture_output=True,
        check=False,
    )
    assert asked.returncode == 4
    assert "secret.jpg cannot be used: permission denied; it belongs to" in sentence(asked)
    assert shared_home.ctl("similar", str(secret)).returncode == 0  # root may


def test_failed_lists_the_picture_and_the_reason(shared_home: Household) -> None:
    (failure,) = parsed(shared_home.ctl("failed", "--json"))
    assert failure["path"] == str(shared_home.photos / "broken.jpg")
    assert failure["reason"]
    assert "broken.jpg" in shared_home.ctl("failed").stdout.decode()


def test_failed_can_be_limited_to_a_folder(shared_home: Household) -> None:
    photos = shared_home.photos
    for place in (photos, photos / "broken.jpg"):
        assert "broken.jpg" in shared_home.ctl("failed", str(place)).stdout.decode()
        assert len(parsed(shared_home.ctl("failed", str(place), "--json"))) == 1
    elsewhere = shared_home.ctl("failed", str(photos / "some folder"))
    assert (elsewhere.returncode, elsewhere.stdout) == (0, b"")
    assert sentence(elsewhere) == "imgsimctl: No failed pictures there.\n"
    (photos / "broken").mkdir()  # its name begins that of the picture
    assert parsed(shared_home.ctl("failed", str(photos / "broken"), "--json")) == []
    missing = shared_home.ctl("failed", str(photos / "nowhere"))
    assert missing.returncode == ConfigError.exit_code
    assert "nowhere" in sentence(missing)


def test_failed_pictures_are_retried_by_their_path_or_folder(
    shared_home: Household,
) -> None:
    elsewhere = shared_home.ctl("failed", "--retry", str(shared_home.photos / "some folder"))
    assert elsewhere.returncode == 5
    assert sentence(elsewhere) == "imgsimctl: No failed pictures there.\n"
    decoded = shared_home.status()["decoded"]
    again = shared_home.ctl("failed", "--retry", str(shared_home.photos / "broken.jpg"))
    assert again.stdout.decode() == "Retrying 1 file in the background.\n"
    shared_home.settle()
    assert parsed(shared_home.ctl("failed", "--retry", "--json")) == {"retried": 1}
    assert shared_home.settle()["failed"] == 1
    assert shared_home.status()["decoded"] == decoded + 2


def test_status_as_json_has_the_documented_fields(shared_home: Household) -> None:
    status = parsed(shared_home.ctl("status", "--json"))
    documented = {
        "state", "images", "pending", "failed", "decoded", "roots", "model", "rss_bytes", "pid",
    }  # fmt: skip
    assert documented <= set(status)
    assert (status["state"], status["images"], status["failed"]) == ("idle", 20, 1)
    assert status["roots"][0]["path"] == str(shared_home.photos)
    assert status["roots"][0]["state"] == "online"
    assert shared_home.process is not None
    assert status["pid"] == shared_home.process.pid


def test_status_as_text_says_the_same(shared_home: Household) -> None:
    text = shared_home.ctl("status").stdout.decode()
    assert "20 photos are searchable." in text
    assert "1 failed" in text
    assert str(shared_home.photos) in text


def test_roots_and_models_are_listed(shared_home: Household) -> None:
    assert parsed(shared_home.ctl("roots", "--json"))[0]["state"] == "online"
    assert str(shared_home.photos) in shared_home.ctl("roots").stdout.decode()
    model, other = parsed(shared_home.ctl("model", "list", "--json"))
    assert (other["name"], other["in_use"]) == ("efficientnet-lite0", False)
    assert (model["name"], model["dimension"], model["in_use"]) == (DEFAULT_MODEL, 960, True)
    assert DEFAULT_MODEL in shared_home.ctl("model", "list").stdout.decode()


def test_an_unknown_model_is_exit_code_8(shared_home: Household) -> None:
    result = shared_home.ctl("model", "use", "nothing")
    assert result.returncode == 8
    assert DEFAULT_MODEL in sentence(result)


def test_use_does_not_announce_a_switch_to_the_model_in_use(
    shared_home: Household,
) -> None:
    used = shared_home.ctl("model", "use", DEFAULT_MODEL)
    assert used.stdout.decode() == f"Searches use {DEFAULT_MODEL}.\n"


def test_wait_returns_when_nothing_is_pending(shared_home: Household) -> None:
    assert shared_home.ctl("wait", "--timeout", str(DEADLINE)).returncode == 0


def test_follow_prints_one_status_on_each_line(shared_home: Household) -> None:
    with subprocess.Popen(
        [SCRIPTS / "imgsimctl", "status", "--follow", "--json"],
        env=shared_home.environ,
        stdout=subprocess.PIPE,
        # A shell's background jobs ignore SIGINT, and would hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["images"] == 20
        following.send_signal(signal.SIGINT)
        assert following.wait(DEADLINE) == 130


def test_a_pipe_that_closes_early_is_not_an_error(
    shared_home: Household, album: list[Path]
) -> None:
    command = f"{SCRIPTS}/imgsimctl similar {album[0]} --json | head -n 1"
    result = subprocess.run(
        ["/bin/sh", "-c", command], env=shared_home.environ, capture_output=True, check=False
    )
    assert result.stderr == b""


@pytest.mark.parametrize("columns", [80, 40])
def test_what_is_listed_fits_the_terminal(
    shared_home: Household, album: list[Path], columns: int
) -> None:
    for command in (["similar", str(album[0])], ["failed"]):
        code, out = shown(
            [SCRIPTS / "imgsimctl", *command], shared_home.environ, columns, shared_home.photos
        )
        assert code == 0
        assert max(map(len, visible(out).splitlines())) <= columns
        name = "broken.jpg" if command == ["failed"] else f"some folder/{album[0].name}"
        assert name in visible(out)
        assert f"file://{shared_home.photos}/" in out


def test_a_reader_that_has_gone_ends_every_command_that_lists_quietly(
    shared_home: Household, album: list[Path]
) -> None:
    lines = [
        ["similar", str(album[0])], ["similar", str(album[0]), "-0"], ["failed", "--json"],
        ["roots"], ["check"], ["duplicates"],
    ]  # fmt: skip
    for line in lines:
        ours, theirs = os.pipe()
        os.close(ours)
        with os.fdopen(theirs, "wb") as pipe:
            result = subprocess.run(
                [SCRIPTS / "imgsimctl", *line],
                env=shared_home.environ, stdout=pipe, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        assert result.returncode in (0, 5), line
        assert b"written" not in result.stderr, line
        assert b"Traceback" not in result.stderr, line


COMMANDS = [
    ["status"], ["similar", "/dev/null"], ["roots"], ["rescan"], ["pause"], ["resume"],
    ["wait"], ["failed"], ["model", "list"], ["model", "use", "vgg16"], ["status", "--follow"],
    ["forget"], ["reload"], ["relocate", "/nowhere", "/usr"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_without_a_daemon_every_command_says_how_to_start_it(
    home: Household, album: list[Path], command: list[str]
) -> None:
    if command[0] == "similar":
        command = ["similar", str(album[0])]
    result = home.ctl(*command)
    assert result.returncode == 3
    assert "imgsimctl up" in sentence(result)


def test_up_starts_watches_waits_and_says_what_to_try_next(
    home: Household, album: list[Path]
) -> None:
    more = home.folder / "More"
    more.mkdir()
    for picture in album[:3]:
        shutil.copy(picture, more)
    home.config.unlink()
    result = home.ctl("up", str(more))
    try:
        assert result.returncode == 0, result.stderr.decode()
        *_, summary, health, hint = result.stdout.decode().splitlines()
        assert summary == "All is indexed: 3 photos are searchable."
        assert health.startswith("Healthy: 1 folder, newest photo ")
        assert hint.startswith("Try: ")
        command = hint.removeprefix("Try: ")
        tried = subprocess.run(
            ["/bin/sh", "-c", command], env=home.environ, capture_output=True, check=False
        )
        assert tried.returncode == 0, tried.stderr
        again = home.ctl("up")
        assert again.returncode == 0, "a second time does no harm"
    finally:
        down = home.ctl("down")
    assert (down.returncode, down.stdout) == (0, b"Stopped.\n"), down.stderr.decode()
    assert home.ctl("status").returncode == 3
    again = home.ctl("down")
    assert (again.returncode, again.stdout, again.stderr) == (0, b"Not running.\n", b"")


def test_up_accepts_a_named_folder_even_if_it_was_made_anew(
    home: Household, album: list[Path]
) -> None:
    home.add(album[0], "old.jpg")
    home.start()
    home.settle()
    home.stop()
    home.photos.rename(home.folder / "elsewhere")
    home.add(album[1], "new.jpg")
    try:
        offline = home.ctl("up")
        assert "is offline: another folder is in its place" in offline.stdout.decode()
        assert offline.returncode == ConfigError.exit_code
        assert offline.stderr.endswith(b"imgsimctl: All watched folders are offline.\n")
        again = home.ctl("up", str(home.photos)).stdout.decode()
        assert "1 photo is searchable" in again
    finally:
        home.ctl("down")


def test_watch_and_unwatch_change_what_is_searched(home: Household, album: list[Path]) -> None:
    more = home.folder / "More"
    more.mkdir()
    shutil.copy(album[0], more)
    home.start()
    home.settle()
    assert home.ctl("watch", str(more)).returncode == 0
    until(lambda: home.settle()["images"] == 1)
    assert home.ctl("unwatch", str(more)).returncode == 0
    until(lambda: home.status()["images"] == 0)
    assert str(more) not in home.config.read_text()


def test_watching_something_that_is_not_a_folder_is_exit_code_9_and_changes_nothing(
    home: Household,
) -> None:
    before = home.config.read_text()
    result = home.ctl("watch", str(home.folder / "nowhere"))
    assert result.returncode == 9
    assert "nowhere" in sentence(result)
    assert home.ctl("unwatch", str(home.folder)).returncode == 9
    assert home.config.read_text() == before


def test_watch_without_a_daemon_is_remembered_for_the_next_start(home: Household) -> None:
    (home.folder / "More").mkdir()
    assert home.ctl("watch", str(home.folder / "More")).returncode == 0
    home.start()
    home.settle()
    assert len(home.status()["roots"]) == 2


def test_sample_draws_pictures_into_a_new_folder(home: Household) -> None:
    result = home.ctl("sample", str(home.folder / "samples"), "--count", "4")
    assert result.returncode == 0, result.stderr
    assert len(list((home.folder / "samples").iterdir())) == 4
    assert result.stdout.decode() == (
        f"Drew 4 pictures in {home.folder}/samples.\nTry: imgsimctl up {home.folder}/samples\n"
    )
    again = home.ctl("sample", str(home.photos.parent))
    assert again.returncode == 9


@pytest.mark.parametrize("name", ["link", "link/new"])
def test_sample_makes_no_folder_where_a_link_leads(home: Household, name: str) -> None:
    target, link = home.folder / "target", home.folder / "link"
    link.symlink_to(target)
    result = home.ctl("sample", str(home.folder / name), "--count", "1")
    assert result.returncode == ConfigError.exit_code
    assert f"{link} is a link to {target}, which does not exist." in sentence(result)
    assert not target.exists()


def test_watch_says_how_to_start_imgsimd_where_it_does_not_run(home: Household) -> None:
    more = home.folder / "More"
    more.mkdir()
    result = home.ctl("watch", str(more))
    assert result.returncode == 0
    assert result.stdout.decode() == (
        f"{more} will be watched when imgsimd runs. Start it with `imgsimctl up`.\n"
    )


@pytest.mark.parametrize(
    "line",
    ["watch /", "up /", "rescan /", "forget /", "failed /", "relocate / /usr", "watch",
     "forget --confirm", "rescan", "sample", "failed --retry"],
)  # fmt: skip
def test_an_impossible_folder_is_refused_in_one_sentence_and_nothing_is_done(
    shared_home: Household, line: str
) -> None:
    """An empty name, such as from an unset variable, does not mean all folders."""
    name, *rest = line.split()
    result = shared_home.ctl(name, *rest, *([] if "/" in rest else [""]))
    assert result.returncode == 9
    told = "/ cannot be watched" if "/" in rest else "The name of the folder is empty"
    assert told in sentence(result)
    assert len(shared_home.status()["roots"]) == 1


def test_any_number_of_failed_pictures_can_be_retried(shared_home: Household) -> None:
    paths = [str(shared_home.photos / f"{number}.jpg") for number in range(2500)]
    result = shared_home.ctl("failed", "--retry", *paths, str(shared_home.photos / "broken.jpg"))
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"1 file" in result.stdout


def test_the_version_is_printed(home: Household) -> None:
    assert home.ctl("version").stdout.decode().strip() == __version__


def test_output_that_cannot_be_written_is_an_error(home: Household) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [SCRIPTS / "imgsimctl", "version"],
            env=home.environ, stdout=full, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    assert result.returncode == ConfigError.exit_code
    assert "cannot be written: No space left on device" in sentence(result)
