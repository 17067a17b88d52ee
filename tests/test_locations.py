"""Files lie where the README says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgsimd import locations
from imgsimd.errors import ConfigError
from tests.support.requires import needs_root

pytestmark = pytest.mark.user


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "run"
    runtime.mkdir()
    return {
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_RUNTIME_DIR": str(runtime),
    }


@pytest.mark.parametrize("key", ["state_dir", "socket"])
def test_a_relative_path_is_refused_since_it_means_several_places(tmp_path: Path, key: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'{key} = "here"')
    with pytest.raises(ConfigError, match=f"`{key}` must be an absolute path"):
        locations.find({"HOME": "/home/anna"}, file)


def test_by_default_the_xdg_directories_hold_everything(
    environ: dict[str, str], tmp_path: Path
) -> None:
    where = locations.find(environ)
    assert where.config == tmp_path / "config/imgsimd/config.toml"
    assert where.database == tmp_path / "state/imgsimd/gallery.db"
    assert where.models == tmp_path / "state/imgsimd/models"
    assert where.socket == tmp_path / "run/imgsimd/control.sock"


def test_a_relative_base_directory_counts_as_unset(environ: dict[str, str]) -> None:
    where = locations.find(environ | {"XDG_CONFIG_HOME": "config"})
    assert where.config == Path("~/.config/imgsimd/config.toml").expanduser()


def test_systemds_directories_go_before_the_defaults(
    environ: dict[str, str], tmp_path: Path
) -> None:
    where = locations.find(
        environ
        | {
            "CONFIGURATION_DIRECTORY": "/etc/imgsimd:/etc/other",
            "STATE_DIRECTORY": "/var/lib/imgsimd",
            "RUNTIME_DIRECTORY": "/run/imgsimd",
        }
    )
    assert where.config == Path("/etc/imgsimd/config.toml")
    assert where.state == Path("/var/lib/imgsimd")
    assert where.socket == Path("/run/imgsimd/control.sock")


def test_a_setting_goes_before_systemd_and_a_variable_before_the_setting(
    environ: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "config/imgsimd/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('state_dir = "/a/state"\nsocket = "~/a.sock"\n')
    where = locations.find(environ | {"STATE_DIRECTORY": "/var/lib/imgsimd"})
    assert where.state == Path("/a/state")
    assert where.socket == Path("~/a.sock").expanduser()
    where = locations.find(environ | {"IMGSIMD_STATE_DIR": "/b", "IMGSIMD_SOCKET": "/b.sock"})
    assert (where.state, where.socket) == (Path("/b"), Path("/b.sock"))


def test_another_configuration_file_can_be_named(environ: dict[str, str], tmp_path: Path) -> None:
    named = tmp_path / "mine.toml"
    assert locations.find(environ | {"IMGSIMD_CONFIG": str(named)}).config == named


def test_a_socket_path_that_is_too_long_for_the_kernel_is_an_error(
    environ: dict[str, str],
) -> None:
    with pytest.raises(ConfigError, match="107 bytes"):
        locations.find(environ | {"IMGSIMD_SOCKET": "/" + "x" * 107})


def test_a_configuration_that_is_not_toml_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"config\.toml"):
        locations.read_toml(file)
    assert locations.read_toml(tmp_path / "none.toml") == {}


def test_a_missing_home_is_no_crash() -> None:
    assert os.fspath(locations.find({}).state)


@needs_root
def test_a_user_without_a_home_is_told_what_to_set() -> None:
    code = """
import os
from imgsimd import errors, locations
os.setuid(54321)
os.environ.clear()
try:
    locations.find()
except errors.ConfigError as error:
    print(error)
print(locations.find({f"IMGSIMD_{name}": f"/{name}" for name in ("CONFIG", "STATE_DIR", "SOCKET")}))
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set HOME" in told.stdout
    assert "state=PosixPath('/STATE_DIR')" in told.stdout


def test_thumbnails_are_in_the_cache_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locations.thumbnails({}) == tmp_path / ".cache/imgsimd/thumbnails"
    chosen = {"XDG_CACHE_HOME": str(tmp_path / "elsewhere")}
    assert locations.thumbnails(chosen) == tmp_path / "elsewhere/imgsimd/thumbnails"
