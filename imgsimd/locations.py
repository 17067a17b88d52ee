"""Where files are: as a variable, a setting, systemd or the XDG rules say, in this order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from imgsimd.access import explain
from imgsimd.errors import ConfigError
from imgsimd.words import reason

NAME = "imgsimd"
SOCKET_NAME = "control.sock"
LONGEST_SOCKET_PATH = 107
"""Bytes that fit into `sockaddr_un.sun_path` before the closing NUL (unix(7))."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Where the files of one daemon are."""

    config: Path
    state: Path
    socket: Path
    """Where the daemon listens, if possible."""
    socket_is_chosen: bool
    """Whether a variable, a setting or systemd says where the socket is."""

    @property
    def lock(self) -> Path:
        """The lock file that the daemon holds while it uses the state directory."""
        return self.state / "lock"

    @property
    def address(self) -> Path:
        """Where every caller finds the daemon, even in another environment: a link to its socket,
        or the socket itself if there is no better place."""
        return self.state / SOCKET_NAME

    @property
    def database(self) -> Path:
        """The SQLite catalog."""
        return self.state / "gallery.db"

    @property
    def models(self) -> Path:
        """The folder of installed models."""
        return self.state / "models"

    @property
    def pause(self) -> Path:
        """When pauses end that outlive the daemon; missing if there is none."""
        return self.state / "pause.json"

    @property
    def log(self) -> Path:
        """The log of a detached daemon. Under systemd, the journal has it."""
        return self.state / "imgsimd.log"


def find(environ: Mapping[str, str] = os.environ, config: Path | None = None) -> Locations:
    """The locations for this user, or for this service if systemd started us.

    `config` overrides where the configuration is. Only the keys `state_dir` and `socket` are read
    here; `config.load` checks the rest. Raises ConfigError if the file is not TOML, a path is
    relative, the socket's path is too long for the kernel, or the home directory is needed and
    unknown.
    """
    file = config or configuration(environ)
    settings = read_toml(file)
    state = (
        _path(environ.get("IMGSIMD_STATE_DIR"))
        or _set(settings, "state_dir", file)
        or _given(environ, "STATE_DIRECTORY")
        or xdg(environ, "XDG_STATE_HOME", "~/.local/state") / NAME
    )
    chosen = (
        _path(environ.get("IMGSIMD_SOCKET"))
        or _set(settings, "socket", file)
        or _given(environ, "RUNTIME_DIRECTORY", SOCKET_NAME)
    )
    if chosen and len(os.fsencode(chosen)) > LONGEST_SOCKET_PATH:
        raise ConfigError(
            f"The socket's path {chosen} is longer than the {LONGEST_SOCKET_PATH} bytes that Linux "
            f"allows: set a shorter one as `socket` in {file} or in IMGSIMD_SOCKET."
        )
    socket = (
        chosen or xdg(environ, "XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}") / NAME / SOCKET_NAME
    )
    return Locations(config=file, state=state, socket=socket, socket_is_chosen=chosen is not None)


def configuration(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is. Raises ConfigError if the home directory is needed and
    unknown."""
    return (
        _path(environ.get("IMGSIMD_CONFIG"))
        or _given(environ, "CONFIGURATION_DIRECTORY", "config.toml")
        or xdg(environ, "XDG_CONFIG_HOME", "~/.config") / NAME / "config.toml"
    )


def thumbnails(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The folder for thumbnails of photos that were looked at; None if the home directory is needed
    and unknown."""
    try:
        return xdg(environ, "XDG_CACHE_HOME", "~/.cache") / NAME / "thumbnails"
    except ConfigError:
        return None


def read_toml(file: Path) -> dict[str, object]:
    """The file's content; empty if there is no file. Raises ConfigError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{file} is not valid TOML: {reason(error)}. Fix it, then try again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"{file} cannot be read: a number in it is too long, or a list too deep."
        ) from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {explain(error, file)}.") from error


def _path(value: str | None) -> Path | None:
    return _at_home(value).absolute() if value else None


def _set(settings: Mapping[str, object], key: str, file: Path) -> Path | None:
    """A path in the configuration. Raises ConfigError if it is relative: each command and the
    daemon would take it from another working directory."""
    value = settings.get(key)
    if not isinstance(value, str):
        return None  # `config.load` says what it must be
    if "\0" in value:
        raise ConfigError(f"{file}: `{key}` has a NUL character, which no file's name can have.")
    path = _at_home(value)
    if not path.is_absolute():
        raise ConfigError(
            f"{file}: `{key}` must be an absolute path, beginning with / or ~, not {value!r}."
        )
    return path


def _given(environ: Mapping[str, str], variable: str, name: str = "") -> Path | None:
    """A directory that systemd gives (systemd.exec(5)): the first, if there are several."""
    directories = environ.get(variable)
    return Path(directories.split(":")[0]) / name if directories else None


def xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """A base directory; a relative one counts as unset (XDG Base Directory Specification 0.8)."""
    value = environ.get(variable, "")
    return Path(value) if value.startswith("/") else _at_home(default)


def _at_home(path: str) -> Path:
    """The path with the home directory for a leading `~`. Raises ConfigError if there is none."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ConfigError(
            f"{path} cannot be found, because the home directory is unknown: set HOME, or set "
            "IMGSIMD_CONFIG, IMGSIMD_STATE_DIR and IMGSIMD_SOCKET."
        ) from error
