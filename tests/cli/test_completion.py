"""Completion with Tab: what can be offered, and what real shells make of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup, TyperOption

from imgsimd.cli import bash_line
from imgsimd.cli.commands import app
from imgsimd.cli.completion import FILES, answer
from tests.support.household import SCRIPTS
from tests.support.shells import Shell

ROOT = typer.main.get_command(app())
BREAKS = " \t\n\"'><=;|&(:"
ROOTS = ("My Photos", "it's", "two:parts", "Größe", "plain")
FREE = {"SECONDS", "D", "S", "N", "WHEN", "TEXT", "TIME", "LAYER", "NAME"}
"""What options take that nobody can complete."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a configuration of ROOTS, some files, and no daemon."""
    folder = tmp_path.resolve()
    for name in ROOTS:
        (folder / "roots" / name / "trip to Rome").mkdir(parents=True)
    for name in ("a picture.JPG", "a text.txt", "b.heic"):
        (folder / name).touch()
    (folder / "a folder").mkdir()
    named = [str(folder / "roots" / name) for name in ROOTS]
    (folder / "config.toml").write_text(f"roots = {json.dumps(named, ensure_ascii=False)}\n")
    (folder / "state/models").mkdir(parents=True)
    (folder / "state/models/mine.toml").touch()
    environ = {
        "HOME": str(folder),
        "IMGSIMD_CONFIG": str(folder / "config.toml"),
        "IMGSIMD_STATE_DIR": str(folder / "state"),
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


def offered(line: str) -> list[str]:
    return [value for value, _ in answer(ROOT, line.split(" ")).values]


def test_commands_are_offered_in_the_order_of_the_help_with_what_they_do() -> None:
    commands = answer(ROOT, [""]).values
    assert commands[0] == ("similar", "Find similar photos")
    assert isinstance(ROOT, TyperGroup)
    assert {name for name, _ in commands} == set(ROOT.commands)
    assert offered("unp") == []
    assert offered("pau") == ["pause"]
    assert offered("model ") == ["list", "add", "use", "evaluate", "remove", "presets"]
    assert offered("help mod") == ["model"]
    assert offered("help model u") == ["use"]


def test_options_and_their_choices_are_offered() -> None:
    assert "--max-distance" in offered("similar --")
    assert offered("status --fo") == ["--follow"]
    assert offered("status --json --j") == [], "it is there already"
    assert offered("model add --precision ") == ["int8", "float32"]
    assert offered("model add --precision=f") == ["--precision=float32"]
    assert offered("completion ") == ["bash", "zsh", "fish"]


def test_roots_are_offered_as_the_user_writes_them(home: Path) -> None:
    named = [str(home / "roots" / name) for name in ROOTS]
    for command in ("unwatch", "relocate", "rescan"):
        assert offered(f"{command} ") == named
    assert offered(f"unwatch {home}/roots/p") == [f"{home}/roots/plain"]
    assert offered("unwatch ~/roots/p") == ["~/roots/plain"]
    assert offered("unwatch roots/p") == ["roots/plain"]
    assert offered(f"unwatch {named[-1]} {home}/roots/p") == [], "it is there already"
    assert offered("rescan ~/roots/plain/") == ["~/roots/plain/trip to Rome"]
    assert offered("unwatch ~/roots/plain/") == []


def test_models_are_offered_from_their_folders() -> None:
    built_in = {"efficientnet-lite0", "efficientnet-lite0-rmac"}
    assert set(offered("model use ")) == {*built_in, "mine"}
    assert offered("model add vg") == ["vgg16", "vgg19"]


@pytest.mark.parametrize(
    ("line", "kind"),
    {
        "similar ": "pictures",
        "watch ": "folders",
        "up ~/": "folders",
        "relocate old ": "folders",
        "backup ": "files",
        "similar a.jpg --html ": "files",
        "similar --html=": "files",
        "wait --timeout ": "words",
        "nonsense ": "words",
        "--version ": "words",
    }.items(),
)
def test_the_shell_is_told_which_files_to_offer(
    line: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(ROOT, line.split(" ")).kind == kind
    assert capsys.readouterr() == ("", "")


def test_every_argument_and_option_has_a_completion() -> None:
    for command in commands(ROOT):
        for each in command.params:
            is_flag = isinstance(each, TyperOption) and each.is_flag
            if is_flag or each.type.name.startswith("int") or getattr(each, "hidden", False):
                continue
            shown = (each.metavar or "").strip("[].")
            has_values = each._custom_shell_complete or getattr(each.type, "choices", None)
            assert has_values or shown in FILES or shown in FREE, (command.name, each.name)


def commands(group: object) -> Iterator[typer.core.TyperCommand]:
    for each in getattr(group, "commands", {}).values():
        yield from commands(each) if isinstance(each, TyperGroup) else [each]


def test_a_broken_configuration_is_no_reason_for_a_message(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in ("roots = [", "roots = 5", "roots = [5]"):
        (home / "config.toml").write_text(text)
        assert offered("unwatch ") == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "words", "start"),
    [
        ("imgsimctl ", ["imgsimctl", ""], 0),
        ("imgsimctl  sim", ["imgsimctl", "sim"], 0),
        ("LANG=C A='b c' imgsimctl x", ["imgsimctl", "x"], 0),
        (r"c My\ Pho", ["c", "My Pho"], 0),
        ("c 'My Pho", ["c", "My Pho"], 0),
        ('c "My \\"x\\" \\y', ["c", 'My "x" \\y'], 0),
        ("c a'b c'd e", ["c", "ab cd", "e"], 0),
        ("c --html=fo", ["c", "--html=fo"], 7),
        ("c a:b", ["c", "a:b"], 2),
        (r"c a\:b", ["c", "a:b"], 0),
        ('c --html="a b', ["c", "--html=a b"], 7),
        ("c '' x", ["c", "", "x"], 0),
        ("c a\\", ["c", "a"], 0),
    ],
)
def test_a_line_of_bash_is_taken_apart_as_bash_does(
    line: str, words: list[str], start: int
) -> None:
    assert bash_line.words(line, BREAKS) == (words, start)


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_tab_completes_words_of_all_kinds_in_a_real_shell(name: str, home: Path) -> None:
    if not shutil.which(name):
        pytest.skip(f"needs {name}")
    end = "" if name == "fish" else "/"
    colon = r"two\:parts" if name == "bash" else "two:parts"
    with Shell(name, os.environ, home) as shell:
        for typed, completed in {
            "uncomm": "uncomm",
            "model us": "model use ",
            "model add --precision=f": "model add --precision=float32 ",
            "similar a\\ p": r"similar a\ picture.JPG ",
            "watch a": r"watch a\ folder/",
            "unwatch ~/roots/M": rf"unwatch ~/roots/My\ Photos{end}",
            "unwatch ~/roots/i": rf"unwatch ~/roots/it\'s{end}",
            "unwatch roots/G": f"unwatch roots/Größe{end}",
            "unwatch roots/tw": f"unwatch roots/{colon}{end}",
        }.items():
            assert (
                shell.completed(f"imgsimctl {typed}").rstrip() == f"imgsimctl {completed}".rstrip()
            )
