"""`imgsimctl similar` with all that a user may name, and its messages; with a real daemon."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import cv2
import numpy as np
import pytest

from tests.support.household import Household, until
from tests.support.patience import DEADLINE


@dataclass(frozen=True)
class Said:
    """What a shell says of a command."""

    code: int
    out: str
    err: str

    @property
    def best(self) -> str:
        """The name of the first match."""
        return Path(json.loads(self.out)["matches"][0]["path"]).name


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, album: list[Path]) -> Iterator[Household]:
    """Twelve indexed photos, 00.jpg and so on, another one three times, and copies of the twelve in
    another folder, the current one."""
    home = Household(tmp_path_factory.mktemp("asked"))
    home.configure("[worker]\nmax_bytes = 2000000")
    (home.folder / "copies").mkdir()
    (home.folder / "odd.jpg").write_bytes(album[20].read_bytes())
    for number, picture in enumerate(album[:12]):
        home.add(picture, f"{number:02d}.jpg")
        (home.folder / "copies" / f"{number:02d}.jpg").write_bytes(picture.read_bytes())
    for name in ("twin.jpg", "twin 2.jpg", "twin 3.jpg"):
        home.add(album[15], name)
    home.start()
    home.settle()
    yield home
    home.close()


def shell(home: Household, line: str) -> Said:
    """Runs a line of bash in the folder of copies; the code is that of its first command."""
    result = subprocess.run(
        ["bash", "-c", f"{line}\nexit ${{PIPESTATUS[0]}}"],
        env=home.environ, cwd=home.folder / "copies", capture_output=True, text=True,
        errors="surrogateescape", timeout=DEADLINE, check=False,
    )  # fmt: skip
    assert "Traceback" not in result.stderr
    return Said(result.returncode, result.stdout, result.stderr)


@pytest.mark.parametrize(
    "name",
    [
        "04.jpg", "- < 04.jpg", "/dev/stdin < 04.jpg", "<(cat 04.jpg)", "<(sleep .1; cat 04.jpg)",
        "/dev/fd/7 7< 04.jpg", '"file://$PWD/04.jpg"', '"file://localhost$PWD/%30%34.jpg"',
        "'~/copies/04.jpg'", "/dev/fd/7 7< <(cat 04.jpg)",
        "/dev/fd/8",
    ],
)  # fmt: skip
def test_a_picture_may_be_named_in_any_way_that_leads_to_it(asked: Household, name: str) -> None:
    gone = "cp 04.jpg gone.jpg; exec 8< gone.jpg; rm gone.jpg"
    assert shell(asked, f"{gone}; imgsimctl similar --json -k 1 {name}").best == "04.jpg"


@pytest.mark.parametrize("options", ["", "--collapse", "--each", "-k 5 --max-distance 1.1"])
def test_json_has_both_orders_and_says_which_one_it_is_in(asked: Household, options: str) -> None:
    better = _answer(asked, options)
    exact = _answer(asked, f"{options} --exact-order")
    assert (better["reranked"], exact["reranked"]) == (True, False)
    for answer in (better, exact):
        ranks = [match["rank"] for match in answer["matches"]]
        assert ranks == list(range(1, len(ranks) + 1))
        by_distance = sorted(answer["matches"], key=lambda match: match["exact_rank"])
        distances = [match["distance"] for match in by_distance]
        assert distances == sorted(distances)
    assert better["matches"][0] == exact["matches"][0]
    assert [m["exact_rank"] for m in exact["matches"]] == sorted(
        m["exact_rank"] for m in exact["matches"]
    )


def test_the_page_is_in_the_same_order(asked: Household) -> None:
    for options, said in (("", "then by likeness"), ("--exact-order", "Best first")):
        names = [Path(m["path"]).name for m in _answer(asked, f"{options} --collapse")["matches"]]
        page = shell(asked, f"imgsimctl similar 04.jpg --html - {options}").out
        assert said in page
        assert re.findall('<p class="name"><bdi>([^<]*)', page) == names


@pytest.mark.parametrize("option", ["--verify", "--same"])
def test_where_photos_are_compared_themselves_the_order_is_by_distance(
    asked: Household, option: str
) -> None:
    assert _answer(asked, f"-k 2 {option}")["reranked"] is False


def _answer(asked: Household, options: str) -> Any:
    document = json.loads(shell(asked, f"imgsimctl similar --json 04.jpg {options}").out)
    return document["answers"][0] if "--each" in options else document


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.jpg", "No such file: nowhere.jpg."),
        ("''", "The name of the picture is empty"),
        (
            ".",
            ". is a folder: name a picture. `imgsimctl similar --each .` asks for each",
        ),
        ("/dev/zero", "/dev/zero is a device or a socket: name a picture."),
        ("- < /dev/zero", "standard input cannot be used: it is too large: `max_bytes`"),
        ("- < /dev/null", "standard input cannot be used: the file is empty."),
        ("- <&-", "standard input cannot be used: the file is empty."),
        ("<(true)", "cannot be used: the file is empty."),
        ("pipe", "pipe is a pipe that nobody writes to."),
        ("huge.jpg", "huge.jpg cannot be used: it is too large: "),
        ("file:///nowhere/a%00b", "contains %00"),
        ("file://nas/a.jpg", "is a file on another machine"),
        (
            "'https://example.org/a.jpg?w=1&h=2'",
            "imgsimd doesn't download: use `curl -sL 'https://example.org/a.jpg?w=1&h=2' | "
            "imgsimctl similar -`.",
        ),
        ("\"$(printf 'x%.0s' {1..5000})\"", "File name too long"),
    ],
)
def test_something_that_is_not_a_picture_is_exit_code_4_and_one_sentence(
    asked: Household, name: str, said: str
) -> None:
    copies = asked.folder / "copies"
    with (copies / "huge.jpg").open("wb") as huge:
        huge.truncate(3 * 2**30)
    if not (copies / "pipe").exists():
        os.mkfifo(copies / "pipe")
    answer = shell(asked, f"imgsimctl similar {name}")
    assert (answer.code, answer.out) == (4, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_user_at_a_terminal_is_told_to_send_a_picture(asked: Household) -> None:
    line = 'python3 -c "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))" imgsimctl similar -'
    assert (
        "imgsimctl: Standard input is a terminal: send a picture, as in\n`cat photo.jpg"
        in shell(asked, line).out
    )


def test_an_endless_pipe_needs_little_memory(asked: Household) -> None:
    answer = shell(asked, "ulimit -v 600000; imgsimctl similar - < /dev/zero")
    assert answer.code == 4
    assert "is too large" in answer.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--max-distance nan", "--max-distance takes a number, 0 or more."),
        ("--max-distance inf", "--max-distance takes a number, 0 or more."),
        ("--max-distance=-1", "--max-distance takes a number, 0 or more."),
        ("--max-distance near", "--max-distance takes a number, 0 or more."),
        ("-k 0", "-k takes a whole number from 1 to 10,000."),
        ("- -", "Standard input is one picture: name it once."),
        ("--force", "--force needs --html."),
        ("--each --open", "A page shows one question: leave out --each or --open."),
        ("--html - --open", "--html - prints the page: leave out --open or name a file."),
        ("--html - --json", "--html - prints the page: leave out --json, --paths and -0."),
        ("$(yes 04.jpg | head -n 10000)", "10,001 pictures are too many: 10,000 at most."),
    ],
)
def test_every_limit_is_explained_in_our_own_words(
    asked: Household, options: str, said: str
) -> None:
    answer = shell(asked, f"imgsimctl similar 04.jpg {options}")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_if_no_match_is_near_enough_the_nearest_distance_is_named(asked: Household) -> None:
    nearest = json.loads(shell(asked, "imgsimctl similar ~/Pictures/04.jpg --json").out)
    distance = nearest["matches"][0]["distance"]
    answer = shell(asked, "imgsimctl similar ~/Pictures/04.jpg --max-distance .05")
    assert answer.code == 5
    said = f"Nothing within 0.05; the nearest is at {distance:.2f}."
    assert answer.err == f"imgsimctl: {said}\n"
    piped = shell(asked, "imgsimctl similar --max-distance 0 - < ../odd.jpg")
    assert piped.code == 5
    assert piped.err.startswith("imgsimctl: Nothing within 0; the nearest is at ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--under nowhere", "No such folder: nowhere."),
        ("--under 04.jpg", "04.jpg is a file: name a folder."),
        ("--not-under .", ". isn't in a watched folder. `imgsimctl roots` lists these."),
        ("--under ~/Pictures --until 1999", "No photo is from before 2000-01-01."),
        ("--format heic,psd --min-pixels 1", "No photo is a file of the format heic or psd."),
        ("--camera Leica", "No photo was taken with a camera called Leica."),
        ("--min-similarity 100", "Nothing is at least 100 % similar; the best is "),
        ("--since soon", "--since: 'soon' is not understood as a date: write 2021, "),
        ("--since 2022 --until 2021", "--since is later than --until"),
        ("--min-pixels many", "--min-pixels takes a number such as 12000000, 12M or 4000x3000"),
        ("--format bla", "--format: There is no format 'bla'."),
        ("--format ''", "--format takes the name of a format, such as jpg"),
    ],
)
def test_a_filter_that_leaves_nothing_is_explained(
    asked: Household, options: str, said: str
) -> None:
    answer = shell(asked, f"imgsimctl similar ../odd.jpg {options}")
    assert answer.out == ""
    assert f"imgsimctl: {said}" in answer.err


def test_a_filter_finds_the_best_of_those_that_fit(asked: Household) -> None:
    """Found the picture itself, too, if that is wanted."""
    options = "--under ~/Pictures --since 2000 --until today --format JPG --min-pixels 100x100"
    answer = shell(asked, f"imgsimctl similar ~/Pictures/04.jpg -k 1 {options} --paths")
    plain = shell(asked, "imgsimctl similar ~/Pictures/04.jpg -k 1 --paths")
    assert (answer.code, answer.out) == (0, plain.out)
    assert (
        shell(asked, f"imgsimctl similar ~/Pictures/04.jpg {options} --include-self --json").best
        == "04.jpg"
    )


def test_similar_says_that_several_pictures_count_as_one_and_how_to_ask_for_each(
    asked: Household,
) -> None:
    answer = shell(asked, "imgsimctl similar 0[1-5].jpg --json")
    assert json.loads(answer.out)["matches"], "the note does not disturb who reads JSON"
    assert "5 pictures count as one, their mean. --each asks for each of them." in answer.err
    assert shell(asked, "imgsimctl similar 01.jpg --json").err == ""


def test_each_of_several_pictures_and_of_a_folder_has_its_own_answer(asked: Household) -> None:
    copies = asked.folder / "copies"
    (copies / "few/.hidden").mkdir(parents=True)
    for name in ("few/a.jpg", "few/b.JPG", "few/.hidden/c.jpg", "few/notes.txt"):
        shutil.copyfile(copies / "03.jpg", copies / name)
    answers = json.loads(shell(asked, "imgsimctl similar --each 01.jpg few -k 1 --json").out)
    best = [(a["queries"], Path(a["matches"][0]["path"]).name) for a in answers["answers"]]
    names = ("01.jpg", "few/a.jpg", "few/b.JPG")
    found = ("01.jpg", "03.jpg", "03.jpg")
    assert best == [([str(copies / n)], f) for n, f in zip(names, found, strict=True)]
    table = shell(asked, "imgsimctl similar --each 01.jpg few/a.jpg -k 1").out.splitlines()
    assert [table[0], table[3:5]] == [str(copies / "01.jpg"), ["", str(copies / "few/a.jpg")]]
    paths = shell(asked, "imgsimctl similar --each 01.jpg few -k 1 --paths").out.split()
    assert paths == [str(asked.photos / "01.jpg"), str(asked.photos / "03.jpg")], "each once"


def test_pictures_that_cannot_be_used_do_not_keep_the_others_from_being_asked_about(
    asked: Household,
) -> None:
    answer = shell(asked, "imgsimctl similar --each no.jpg 02.jpg /etc/passwd neither.jpg -k 1")
    assert answer.code == 4
    assert answer.out.startswith(f"{asked.folder / 'copies/02.jpg'}\nrank")
    assert [line.split(":")[1][1:] for line in answer.err.splitlines()] == [
        "No such file", "/etc/passwd cannot be used", "No such file"
    ]  # fmt: skip
    together = shell(asked, "imgsimctl similar no.jpg 02.jpg neither.jpg")
    assert (together.code, together.out) == (4, "")
    assert "No such file: no.jpg.\nimgsimctl: No such file: neither.jpg." in together.err
    assert "Nothing was asked: 2 of 3 pictures cannot be used. Leave them out" in together.err


def test_it_is_said_how_many_of_several_pictures_find_nothing(asked: Household) -> None:
    line = "imgsimctl similar --each 01.jpg ~/Pictures/02.jpg --max-distance 0.01 --paths"
    some = shell(asked, line)
    assert (some.code, some.out) == (0, f"{asked.photos / '01.jpg'}\n")
    assert some.err == "imgsimctl: Nothing found for 1 of 2 pictures.\n"
    none = shell(asked, line.replace("01.jpg", "~/Pictures/01.jpg"))
    assert (none.code, none.out, none.err) == (5, "", "imgsimctl: Nothing found for 2 pictures.\n")


def test_a_picture_counts_as_much_as_its_weight_and_another_is_taken_away(asked: Household) -> None:
    (asked.folder / "copies/a.jpg:0.3").write_bytes((asked.folder / "copies/05.jpg").read_bytes())
    heavy = "imgsimctl similar 04.jpg --with 5 a.jpg:0.3 -k 1 --json"
    assert shell(asked, heavy).best == "05.jpg"
    without = json.loads(
        shell(asked, "imgsimctl similar 04.jpg --not ~/Pictures/05.jpg --json").out
    )
    plain = json.loads(shell(asked, "imgsimctl similar 04.jpg --json").out)
    assert without["matches"][0]["distance"] > plain["matches"][0]["distance"]
    assert all(Path(match["path"]).name != "05.jpg" for match in without["matches"])
    nothing = shell(asked, "imgsimctl similar 04.jpg --with -1 04.jpg")
    assert (nothing.code, nothing.out) == (13, "")
    assert "These pictures cancel each other out" in nothing.err


def test_the_mean_is_the_same_whether_pictures_are_indexed_or_sent(asked: Household) -> None:
    """imgsimctl itself adds up the vectors of the pictures that it sends; their sum is rounded."""
    known = shell(asked, "imgsimctl similar --json -k 3 ~/Pictures/0[0-5].jpg")
    mixed = shell(asked, "imgsimctl similar --json -k 30 0[0-2].jpg ~/Pictures/0[3-5].jpg")
    sent = shell(asked, "imgsimctl similar --json -k 30 0[0-4].jpg - < 05.jpg")
    expected = [(m["path"], m["distance"]) for m in json.loads(known.out)["matches"]]
    for answer in (mixed, sent):
        found = {m["path"]: m["distance"] for m in json.loads(answer.out)["matches"]}
        for path, distance in expected:
            assert found[path] == pytest.approx(distance, abs=2e-3)


def test_thousands_of_pictures_are_one_question(asked: Household) -> None:
    """Each unknown picture is sent once."""
    before = asked.status()["decoded"]
    answer = shell(
        asked,
        "for n in {0001..0040}; do cp -n 07.jpg copy$n.jpg; done; "
        "imgsimctl similar --json -k 1 copy*.jpg $(yes ~/Pictures/07.jpg | head -n 4000)",
    )
    assert answer.code == 0
    assert "4,040 pictures count as one" in answer.err
    assert asked.status()["decoded"] == before + 40


def test_a_person_sees_one_of_several_photos_that_show_the_same_and_a_program_all(
    asked: Household,
) -> None:
    line = "imgsimctl similar ~/Pictures/twin.jpg -k 2"
    terminal = "TERM=dumb COLUMNS=200 python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])'"
    shown = shell(asked, f"{terminal} {line}").out.splitlines()[1:]
    assert shown[0].split("  ")[-2:] == ["~/Pictures/twin 2.jpg", "+ 1 like it"]
    assert "twin" not in shown[1]
    assert "twin 3.jpg" in shell(asked, line).out
    assert "twin 3.jpg" in shell(asked, f"{terminal} {line} --no-collapse").out
    (first, second) = json.loads(shell(asked, f"{line} --json --collapse").out)["matches"]
    assert first["alike"]["count"] == 1
    assert [photo["path"][-10:] for photo in first["alike"]["photos"]] == ["twin 3.jpg"]
    assert second["alike"] == {"count": 0, "photos": []}


def test_the_picture_itself_is_a_match_only_if_wanted(asked: Household) -> None:
    """A link to an indexed photo is that photo."""
    own = f"{asked.photos / '05.jpg'}\n"
    line = "ln -sf ~/Pictures/05.jpg link.jpg; imgsimctl similar --each link.jpg -k 1 --paths"
    assert shell(asked, line).out != own
    assert shell(asked, f"{line} --include-self").out == own


def test_an_answer_with_nothing_close_is_said_to_be_weak(asked: Household) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    cv2.imwrite(str(asked.folder / "copies/noise.png"), noise)
    answer = shell(asked, "imgsimctl similar noise.png")
    best = float(answer.out.splitlines()[1].split()[1][:-1])
    assert answer.code == 0
    assert answer.err == f"imgsimctl: Nothing close; the best is {best:.0f} %.\n"
    each = shell(asked, "imgsimctl similar --each 03.jpg noise.png --json")
    assert [answer["weak"] for answer in json.loads(each.out)["answers"]] == [False, True]
    assert each.err == ""
    counted = shell(asked, "imgsimctl similar --each 03.jpg noise.png --paths").err
    assert counted == "imgsimctl: Nothing close to 1 of 2 pictures.\n"


def test_a_page_never_replaces_a_photo(asked: Household) -> None:
    """The shell's `--html *.jpg` names the first photo as the page."""
    before = {path: path.read_bytes() for path in asked.photos.iterdir()}
    for line in (
        "imgsimctl similar --html ~/Pictures/*.jpg",
        "imgsimctl similar --force --html ~/Pictures/*.jpg",
        "ln -s ~/Pictures/03.jpg page.html; imgsimctl similar --force --html page.html 04.jpg",
        "ln ~/Pictures/03.jpg hard.html; imgsimctl similar --force --html hard.html 04.jpg",
        "imgsimctl similar --force --html ~/.local/state/imgsimd/gallery.db 04.jpg",
        "imgsimctl similar --force --html ~/.config/imgsimd/config.toml 04.jpg",
        "imgsimctl backup ~/Pictures/03.jpg",
    ):
        answer = shell(asked, line)
        assert (answer.code, answer.out) == (9, ""), line
        assert answer.err.startswith("imgsimctl: ")
    assert before == {path: path.read_bytes() for path in asked.photos.iterdir()}
    for _ in range(2):
        assert shell(asked, "imgsimctl similar -k 2 --html found.html 04.jpg").code == 0
    assert "data:image/jpeg" in (asked.folder / "copies/found.html").read_text()


def test_the_page_that_opens_is_a_file_that_only_its_user_can_read(asked: Household) -> None:
    """The browser gets its address, and the matches are printed all the same."""
    browser, opened = asked.folder / "browser", asked.folder / "opened"
    browser.write_text(
        f'#!/bin/sh\nprintf "%s" "$1" > "{opened}.part" && mv "{opened}.part" "{opened}"'
    )
    browser.chmod(0o755)
    (asked.folder / "temporary").mkdir()
    environ = 'TMPDIR="$PWD/../temporary" BROWSER="$PWD/../browser"'
    answer = shell(asked, f"{environ} imgsimctl similar -k 2 --paths --open 04.jpg")
    assert (answer.code, answer.err, answer.out.count("\n")) == (0, "", 2)
    until(opened.exists)
    page = Path(unquote(urlsplit(opened.read_text()).path))
    assert page.parent.parent.resolve() == (asked.folder / "temporary").resolve()
    assert page.parent.stat().st_mode & 0o077 == 0
    assert page.read_text().count("data:image/jpeg") == 3


def test_a_page_that_cannot_be_opened_is_named_and_no_folder_is_left_for_none(
    asked: Household, tmp_path: Path
) -> None:
    where = f"env -u DISPLAY -u WAYLAND_DISPLAY -u BROWSER TMPDIR={tmp_path}"
    assert shell(asked, f"{where} imgsimctl similar --open nowhere.jpg").code == 4
    assert not list(tmp_path.iterdir())
    answer = shell(asked, f"{where} imgsimctl similar --open --html found.html 04.jpg")
    page = asked.folder / "copies/found.html"
    assert answer.code == 0
    assert answer.err == f"imgsimctl: No browser could be started. The page is {page}\n"


def test_a_page_and_a_backup_can_be_printed(asked: Household) -> None:
    page = shell(asked, "imgsimctl similar -k 2 --html - 04.jpg")
    assert page.out.startswith("<!DOCTYPE html>")
    assert page.out.rstrip().endswith("</html>")
    copy = shell(asked, "imgsimctl backup - | head -c 15")
    assert (copy.code, copy.out, copy.err) == (0, "SQLite format 3", "")


@pytest.mark.parametrize(
    ("ending", "code"),
    [(">&-", 0), ("| head -n 0", 0), ("> /dev/full", 9), ("<&- >&- 2>&-", 0), ("2> /dev/full", 0)],
)
def test_the_command_ends_quietly_however_its_output_ends(
    asked: Household, ending: str, code: int
) -> None:
    answer = shell(asked, f"imgsimctl similar 04.jpg {ending}")
    assert answer.code == code
    assert answer.err.count("\n") == (code != 0)
