"""The options of `similar` that say what is asked, read by the command itself; no daemon runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer._click.exceptions import UsageError  # see `usage`

from imgsimd.cli import usage
from imgsimd.cli.commands import app
from imgsimd.cli.question_options import WeightedName, asked_about
from imgsimd.client import PictureFile
from tests.support.commands import options


def ask(*arguments: str) -> None:
    app("similar")(["similar", *arguments], prog_name="imgsimctl", standalone_mode=False)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "`imgsimctl similar` needs PICTURE."),
        ("--not a.jpg", "`imgsimctl similar` needs PICTURE."),
        ("--each --with 2 a.jpg", "`imgsimctl similar` needs PICTURE."),
        ("- --with 1 - --not -", "Standard input is one picture: name it once."),
        ("a.jpg --with 0 b.jpg", "--with takes a weight, other than 0 and at most 1,000, and a"),
        ("a.jpg --with nan b.jpg", "--with takes a weight, other than 0 and at most 1,000, and a"),
        ("a.jpg --with near b.jpg", "--with takes a weight, other than 0 and at most 1,000, and a"),
        ("a.jpg --with 1", "--with needs 2 values."),
        ("a.jpg --each --html -", "A page shows one question: leave out --each or --html."),
    ],
)
def test_what_cannot_be_asked_is_explained_in_our_own_words(line: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        ask(*line.split())
    assert said in usage.sentence(error.value)


@pytest.mark.parametrize(
    ("tried", "meant"), [("--top", "-k"), ("-n", "-k"), ("--minus", "--not"), ("--eech", "--each")]
)
def test_an_option_that_other_programs_have_is_told_by_our_name(tried: str, meant: str) -> None:
    with pytest.raises(UsageError) as error:
        ask("a.jpg", tried, "3")
    said = f"`imgsimctl similar` has no option {tried}. Did you mean {meant}? See"
    assert said in usage.sentence(error.value)


def test_every_option_that_may_be_meant_is_there() -> None:
    assert set(usage.MEANT_OPTIONS["imgsimctl similar"].values()) <= options(["similar"])


def test_unwanted_pictures_together_count_a_fixed_share_of_the_wanted_ones(tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("a.jpg", "b.jpg", "c.jpg:0.3", "d.jpg", "e.jpg")]
    for name in names:
        Path(name).write_bytes(b"")
    heavy = [WeightedName((2.0, names[2])), WeightedName((-1.0, names[2]))]
    about = asked_about(names[:2], False, heavy, names[3:], each=False)
    assert about.weights == pytest.approx([2, -1, -0.6, -0.6])
    assert [picture.name for picture in about.others if isinstance(picture, PictureFile)] == [
        names[2], names[2], names[3], names[4]
    ]  # fmt: skip
    each = asked_about(names[:2], False, heavy, names[3:], each=True)
    assert each.weights == pytest.approx([2, -1, -0.45, -0.45])
