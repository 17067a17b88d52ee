"""What imgsimctl says about a wrong command line: our own message, and exit code 2."""

from __future__ import annotations

import subprocess

import pytest
import typer
from typer.core import TyperGroup

from imgsimd import __version__
from imgsimd.cli.commands import app
from imgsimd.cli.usage import EXIT_CODE, MEANT
from tests.support.commands import commands
from tests.support.household import SCRIPTS


def ctl(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / "imgsimctl", *arguments], capture_output=True, text=True, check=False
    )


WRONG = {
    "stop": "There is no command `imgsimctl stop`. Did you mean `imgsimctl down`?",
    "start": "Did you mean `imgsimctl up`?",
    "search a.jpg": "Did you mean `imgsimctl similar`?",
    "find a.jpg": "Did you mean `imgsimctl similar`?",
    "add /tmp": "Did you mean `imgsimctl watch`?",
    "remove /tmp": "Did you mean `imgsimctl unwatch`?",
    "statsu": "Did you mean `imgsimctl status`?",
    "model install vgg16": "Did you mean `imgsimctl model add`?",
    "service stop": "Did you mean `imgsimctl down`?",
    "qqqq": "There is no command `imgsimctl qqqq`. See `imgsimctl --help`.",
    "similar": "`imgsimctl similar` needs PICTURE. See `imgsimctl similar --help`.",
    "relocate a": "`imgsimctl relocate` needs NEW.",
    "status --jsn": "`imgsimctl status` has no option --jsn. Did you mean --json?",
    "status -q": "`imgsimctl status` has no option -q.",
    "status --json=5": "--json takes no value.",
    "wait --timeout": "--timeout needs a value. See `imgsimctl wait --help`.",
    "wait --timeout soon": "--timeout takes a number, 0 or more.",
    "wait --timeout nan": "--timeout takes a number, 0 or more.",
    "wait --timeout inf": "--timeout takes a number, 0 or more.",
    "sample --count 0 x": "--count takes a whole number from 1 to 1,000.",
    "similar -k 0 a.jpg": "-k takes a whole number from 1 to 10,000.",
    "similar -k ten a.jpg": "-k takes a whole number from 1 to 10,000.",
    "model add vgg16 --precision float8": "--precision takes int8 or float32.",
    "duplicates --tier x": "--tier takes exact, copy or similar.",
    "duplicates --copies-only --tier similar": "--copies-only takes no --tier similar",
    "dedupe": "Did you mean `imgsimctl duplicates`?",
    "help serach": "Did you mean `imgsimctl similar`?",
    "help similar x": "`imgsimctl similar` has no commands.",
    "help --man similar": "There are two man pages",
    "pause a b": "`imgsimctl pause` does not take a b.",
    "st\x1b[31mop": "There is no command `imgsimctl st\\x1b[31mop`.",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items(), ids=range(len(WRONG)))
def test_wrong_usage_is_one_sentence_with_advice_and_exit_code_2(line: str, said: str) -> None:
    result = ctl(*line.split(" "))
    assert result.returncode == EXIT_CODE
    assert result.stdout == ""
    assert result.stderr.startswith("imgsimctl: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1, "no box, no usage line"


def test_the_command_names_of_other_programs_lead_to_ours() -> None:
    known = [" ".join(command) for command in commands()]
    for meant in (each for names in MEANT.values() for each in names.values()):
        assert any(meant.startswith(command) for command in known), meant


@pytest.mark.parametrize("command", [[], ["up"], ["model"], ["model", "add"], ["service"]])
def test_short_and_long_help_are_the_same(command: list[str]) -> None:
    short, long = ctl(*command, "-h"), ctl(*command, "--help")
    assert short.returncode == long.returncode == 0
    assert short.stdout == long.stdout


def test_the_version_can_be_asked_for_as_an_option_too() -> None:
    assert ctl("--version").stdout == ctl("version").stdout == f"{__version__}\n"


def test_the_daemon_program_says_what_it_is_and_how_to_start_it() -> None:
    def imgsimd(argument: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPTS / "imgsimd", argument], capture_output=True, text=True, check=False
        )

    assert imgsimd("--version").stdout == f"{__version__}\n"
    for option in ("-h", "--help"):
        assert "`imgsimctl up` starts it" in imgsimd(option).stdout
    wrong = imgsimd("/photos")
    assert (wrong.returncode, wrong.stdout) == (EXIT_CODE, "")
    assert wrong.stderr == "imgsimd: takes no arguments, but got /photos.\n"


@pytest.mark.parametrize("group", ["model", "service"])
def test_the_help_without_a_command_ends_with_three_commands_to_try(group: str) -> None:
    result = ctl(group)
    assert result.returncode == EXIT_CODE
    *_, title, one, two, three = result.stdout.splitlines()
    assert title == "Try first:"
    for line in (one, two, three):
        assert line.startswith(f"  imgsimctl {group} ")


def test_imgsimctl_alone_shows_the_help_with_the_command_to_try_first() -> None:
    result = ctl()
    assert result.returncode == EXIT_CODE
    assert result.stdout.endswith("\nTry first: imgsimctl up ~/Pictures\n")


def test_help_with_a_command_is_the_help_of_that_command() -> None:
    assert ctl("help", "model", "add").stdout == ctl("model", "add", "--help").stdout


def test_every_command_is_found_without_the_modules_of_the_others() -> None:
    for name in {command[0] for command in commands()} - {"completion", "help"}:
        group = typer.main.get_command(app(name))
        assert isinstance(group, TyperGroup)
        assert {name, "version"} <= set(group.commands)
        assert "completion" not in group.commands
