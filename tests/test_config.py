"""The configuration is checked as a whole, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd import config
from imgsimd.errors import ConfigError


def loaded(tmp_path: Path, text: str) -> config.Settings:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return config.load(file)


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    settings = config.load(tmp_path / "config.toml")
    assert settings.roots == ()
    assert settings.model == "efficientnet-lite0"
    assert settings.watching.quiet == 0.5


def test_roots_are_absolute_and_keep_their_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    settings = loaded(tmp_path, f'roots = ["{tmp_path}/link/", "//{tmp_path}/a/../b"]')
    assert settings.roots == (f"{tmp_path}/link", f"{tmp_path}/a/../b")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('roots = ["/"]', "roots"),
        ('roots = ["/home/.."]', "name the folders"),
        ('roots = ["/a\\u0000b"]', "NUL"),
        ('roots = ["relative"]', "absolute"),
        ("roots = 5", '`roots` must be a list, as in ["one", "two"].'),
        ("roots = [5]", "`roots` must be text in quotes."),
        ("rots = []", "`rots` is not a setting. Did you mean `roots`?"),
        ('extensons = ["jpg"]', "`extensons` is not a setting. Did you mean `extensions`?"),
        ("quiet = 1", "`quiet` is not a setting. Did you mean `watching.quiet`?"),
        (
            "[worker]\nthread = 1",
            "`worker.thread` is not a setting. Did you mean `worker.threads`?",
        ),
        ("[watchin]\nquiet = 1", "`watchin` is not a setting. Did you mean `watching`?"),
        ("colour = 1", "`colour` is not a setting."),
        ("worker = 1", "`worker` must be a section of its own."),
        ("[watching]\nquiet = -1", "`watching.quiet` must be 0 or more."),
        ("[watching]\nmay_vanish = 2", "`watching.may_vanish` must be 1 or less."),
        ("[watching]\ngrace = nan", "`watching.grace` must be a number."),
        ("[worker]\nthreads = 'two'", "`worker.threads` must be a whole number."),
        ("[worker]\nthreads = 1.5", "`worker.threads` must be a whole number."),
        ("[worker]\ndeadline = 0", "`worker.deadline` must be more than 0."),
        ("model = 1", "`model` must be text in quotes."),
        ("= 1", "TOML"),
    ],
)
def test_a_mistake_is_named_with_file_and_key(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert word in str(error.value)
    assert "config.toml" in str(error.value)
    assert "Input" not in str(error.value), "the library's words"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "")
    with pytest.raises(ValueError, match="frozen"):
        settings.model = "other"
