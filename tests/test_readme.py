"""README.md says what is true: every command, setting, exit code, field and route is in it, and its
examples work."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest

from imgsimd import config, errors, problems
from imgsimd.cli import ending
from imgsimd.decoding import registry
from imgsimd.watching.builtin_ignores import BUILT_IN_PATTERNS
from tests.support.api import DOCUMENT
from tests.support.commands import commands, options
from tests.support.household import Household
from tests.support.requires import needs_tool

pytestmark = pytest.mark.user

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """Of this language, without the indent of the step that they belong to."""
    found = re.finditer(rf"^( *)```{language}\n(.*?)^\1```", README, re.MULTILINE | re.DOTALL)
    return [re.sub(f"^{block[1]}", "", block[2], flags=re.MULTILINE) for block in found]


def test_it_opens_with_three_sentences_and_two_commands_of_a_line_each() -> None:
    opening = README.split("```sh")[0].split("\n", 1)[1].strip()
    assert len(re.findall(r"\.(?:\s|$)", opening)) == 3
    assert [block.count("\n") for block in blocks("sh")] == [1, 1]


def test_ci_runs_the_very_test_command_and_the_tests_that_it_leaves_out() -> None:
    gate = (ROOT / ".ci/run").read_text()
    assert "README.md" in gate
    assert "-m pytest" in blocks("sh")[1]
    long = ".venv/bin/python -m pytest -m long"
    assert f"\n{long}\n" in gate
    assert f"`{long}`" in README


def test_every_command_is_documented() -> None:
    for command in commands():
        inner = "".join(rf"[^|]*\b{name}\b" for name in command[1:])
        assert re.search(rf"imgsimctl {command[0]}\b{inner}", README), command


def test_every_exit_code_is_documented() -> None:
    pending = [errors.ImgsimdError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        assert f"\n| {kind.exit_code} |" in README, kind


def test_every_code_of_an_error_is_documented() -> None:
    (line,) = re.findall(r'^- `\{"error": .*$', README, re.MULTILINE)
    codes = {kind.code for kind in errors.kinds() if kind is not errors.RequestError}
    for code in codes | {ending.USAGE, ending.SYSTEM}:
        assert f"`{code}`" in line, code
    source = "".join(file.read_text() for file in (ROOT / "imgsimd").rglob("*.py"))
    for code in re.findall(r'RequestError\(\s*"(\w+)"', source):
        assert f"`{code}`" in line, code


def test_every_setting_is_documented_with_its_default() -> None:
    (example,) = blocks("toml")
    documented = tomllib.loads(example)
    defaults = config.Settings()
    assert set(documented) == set(config.Settings.model_fields)
    for section in ("watching", "worker", "pause", "index", "terminal"):
        assert documented[section] == getattr(defaults, section).model_dump()
    assert tuple(documented["ignore"]) == defaults.ignore
    assert set(documented["extensions"]) <= set(defaults.extensions)
    assert documented["model"] == defaults.model


def test_every_built_in_ignore_is_documented() -> None:
    listed = [tuple(re.split(r"\s{2,}|\n", block.strip())) for block in blocks("text")]
    assert BUILT_IN_PATTERNS in listed


@pytest.mark.parametrize(
    "answer",
    ["StatusAnswer", "RootAnswer", "ProblemAnswer", "MatchAnswer", "FailureAnswer", "ModelAnswer",
     "SimilarAnswer", "CheckAnswer", "FindingAnswer", "ErrorAnswer", "TransformAnswer",
     "ImagesAnswer", "ImageAnswer", "CountsAnswer", "CountAnswer", "FeaturesAnswer",
     "CompareAnswer"],
)  # fmt: skip
def test_every_json_field_is_documented(answer: str) -> None:
    for field in DOCUMENT["components"]["schemas"][answer]["properties"]:
        assert re.search(rf"[`\"]{field}[`\"]", README), field


@pytest.mark.parametrize("kind", problems.KINDS, ids=[kind.code for kind in problems.KINDS])
def test_every_code_of_a_problem_is_documented_under_its_severity(kind: problems.Kind) -> None:
    (line,) = re.findall(r"^- Each of the `problems`.*$", README, re.MULTILINE)
    by_severity = re.split(r"`(error|warning|info)`", line)
    codes = by_severity[by_severity.index(kind.severity) + 1]
    assert f"`{kind.code}`" in codes


def test_every_environment_variable_and_file_is_documented() -> None:
    source = (ROOT / "imgsimd/locations.py").read_text()
    for name in re.findall(r'"(IMGSIMD_\w+|XDG_\w+|\w+_DIRECTORY)"', source):
        assert name in README, name


def test_every_route_is_documented() -> None:
    for path in DOCUMENT["paths"]:
        assert path in README, path


def test_the_commands_of_shell_examples_exist_and_have_their_options() -> None:
    lines = re.findall(r"^\$ (.*imgsimctl .*)$", "".join(blocks("console")), re.MULTILINE)
    used = [part for line in lines for part in re.findall(r"(?<!\S)imgsimctl ([^|&>#;]*)", line)]
    assert len(used) > 20
    known = commands()
    for each in used:
        (command,) = [name for name in known if shlex.split(each)[: len(name)] == name]
        names = set(re.findall(r"(?<!\S)(--?[a-z0-9][\w-]*)", each))
        assert names <= options(command) | {"-0"}, each


@needs_tool("curl")
def test_the_curl_examples_work(home: Household, album: list[Path]) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.add(album[1], "b.jpg")
    home.start()
    home.settle()
    (example,) = [block for block in blocks("bash") if "curl" in block]
    script = example.replace("curl ", "curl --max-time 20 ")
    result = subprocess.run(
        ["bash", "-euxc", script],
        env=home.environ | {"PHOTO": str(photo)},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert '"matches":[{"rank":1' in result.stdout.decode()
    assert result.stdout.count(b'{"done":true}') == 3


def test_the_python_example_works(home: Household, album: list[Path]) -> None:
    (photo,) = home.add(album[0], "a.jpg")
    home.add(album[1], "b.jpg")
    home.start()
    home.settle()
    shutil.copyfile(album[0], home.folder / "beach.jpg")
    example = blocks("python")[-1]
    result = subprocess.run(
        [sys.executable, "-c", example],
        cwd=home.folder,
        env=home.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    nearest, other = result.stdout.splitlines()
    assert nearest == f"100% {photo}"
    assert other.endswith("b.jpg")


def test_plain_faiss_reads_the_exported_index_in_three_lines(
    home: Household, album: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for picture in album[:2]:
        home.add(picture, picture.name)
    home.start()
    home.settle()
    assert home.ctl("export", str(home.folder / "gallery.faiss")).returncode == 0
    monkeypatch.chdir(home.folder)
    found: dict[str, Any] = {}
    example = blocks("python")[0]
    assert len([line for line in example.splitlines() if line]) == 3
    exec(example, found)  # noqa: S102 - what a user types
    path = next(photo for photo in home.photos.iterdir() if home.ids()[photo.name] == 1)
    answer = home.client.post(
        "/v1/similar", {"queries": [{"path": str(path)}], "k": 10, "include_queries": True}
    )
    matches = cast(dict[str, Any], answer)["matches"]
    assert found["ids"][0].tolist()[:2] == [match["id"] for match in matches]
    distances = [match["distance"] ** 2 for match in matches]
    assert found["squared"][0].tolist()[:2] == pytest.approx(distances, abs=1e-5)


def test_the_table_of_formats_names_every_extension() -> None:
    rows = README.split("### What is read")[1].split("### ")[0].splitlines()
    named = [each for row in rows if row.startswith("|") for each in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(registry.extensions())
