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
    assert settings.model == "efficientnet-lite0-rmac"
    assert settings.watching.quiet_seconds == 0.5


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
        ("quiet = 1", "`quiet` is not a setting. Did you mean `watching.quiet_seconds`?"),
        ("grace_second = 1", "Did you mean `watching.grace_seconds`?"),
        (
            "[worker]\nthread = 1",
            "`worker.thread` is not a setting. Did you mean `worker.threads`?",
        ),
        ("[watching]\nquiet = -1", "`watching.quiet` must be 0 or more."),
        (
            "[watching]\nquiet = 1\nquiet_seconds = 1",
            "`watching.quiet` is the old name of `watching.quiet_seconds`, and both are there. "
            "Remove `watching.quiet`.",
        ),
        ("[watchin]\nquiet = 1", "`watchin` is not a setting. Did you mean `watching`?"),
        ("colour = 1", "`colour` is not a setting."),
        ("worker = 1", "`worker` must be a section of its own."),
        ("[watching]\nquiet_seconds = -1", "`watching.quiet_seconds` must be 0 or more."),
        ("[watching]\nmay_vanish_share = 2", "`watching.may_vanish_share` must be 1 or less."),
        ("[watching]\ngrace_seconds = nan", "`watching.grace_seconds` must be a number."),
        ("[worker]\nthreads = 'two'", "`worker.threads` must be a whole number."),
        ("[index]\nbackend = 'qdrant'", '`index.backend` must be "faiss" or "milvus".'),
        ("[index]\nuri = 'localhost:19530'", "`index.uri`: write http://HOST:PORT, or https://"),
        ("[index]\nuri = 'http://cellar:99999'", "`index.uri`: write http://HOST:PORT, or https:"),
        ("[index]\nuri = 'http://[::1'", "`index.uri`: write http://HOST:PORT, or https://"),
        ("[index]\nuri = 'http://a..b:19530'", "`index.uri`: write http://HOST:PORT, or https://"),
        ("[index]\nprefix = '1st-try'", "`index.prefix`: Milvus allows ASCII letters, digits"),
        ("[index]\ntoken_file = 'token'", "`index.token_file`: 'token' is not absolute"),
        ("[index]\nhost = 'a:b'", "`index.host`: a host's name has no colons"),
        ("[worker]\nthreads = 1.5", "`worker.threads` must be a whole number."),
        ("[worker]\ndeadline_seconds = 0", "`worker.deadline_seconds` must be more than 0."),
        ("[terminal]\npreview = 'yes'", "`terminal.preview` must be true or false."),
        ("[terminal]\npreviews = true", "`terminal.previews` is not a setting. Did you mean "),
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


def test_a_setting_is_still_accepted_under_its_old_name_and_the_user_is_told(
    tmp_path: Path,
) -> None:
    settings = loaded(tmp_path, "[worker]\ndeadline = 7\n[watching]\ngrace = 8\nquiet_seconds = 9")
    assert settings.worker.deadline_seconds == 7
    assert settings.watching.grace_seconds == 8
    assert settings.watching.quiet_seconds == 9
    (note,) = settings.notes
    assert note.remedy == (
        "Rename `watching.grace` to `watching.grace_seconds`, "
        "`worker.deadline` to `worker.deadline_seconds`. Then run: imgsimctl reload"
    )
    assert loaded(tmp_path, "[watching]\ngrace_seconds = 8").notes == []


def test_every_setting_with_an_old_name_has_the_new_one(tmp_path: Path) -> None:
    for section, names in config._RENAMED.items():
        for old, new in names.items():
            settings = loaded(tmp_path, f"[{section}]\n{old} = 1")
            assert getattr(getattr(settings, section), new) == 1
