"""Where pip, or uv or pipx, has put what imgsimd comes with, and how to add to it."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

from imgsimd.errors import ConfigError
from imgsimd.words import quoted


def script(name: str) -> Path:
    """The command, as an absolute path, that was installed together with this one. If a folder in
    this path has a version in its name, as with Homebrew, pyenv and Nix, and PATH leads to the same
    file by another path, that one: it lasts when the version changes.

    Raises ConfigError if it is missing, or may be soon.
    """
    if is_in_cache():
        raise ConfigError(
            f"imgsimd runs from {sys.prefix}, in a cache that is emptied now and then. Install it, "
            "for example by `uv tool install` or `pipx install`."
        )
    beside = Path(sys.executable).with_name(name)
    for found in (beside, *pip_folders("scripts", name)):
        if found.is_file():
            return _lasting(found.absolute())
    raise ConfigError(f"The program {beside} is missing: install imgsimd again.")


def _lasting(script: Path) -> Path:
    if not _has_version(script):
        return script
    for folder in filter(os.path.isabs, os.environ.get("PATH", "").split(os.pathsep)):
        other = Path(folder, script.name)
        if not _has_version(other) and os.path.realpath(other) == os.path.realpath(script):
            return other
    return script


def _has_version(path: Path) -> bool:
    """Whether a folder is called `3.12`, `python3.12` or `hash-imgsimd-0.3.0`, for example."""
    return re.search(r"[/.@-](?:python)?\d+\.\d", str(path.parent)) is not None


def is_in_cache() -> bool:
    """Whether this environment lies in a folder that is marked as a cache (the Cache Directory
    Tagging Specification), as those of `uvx` and `pipx run` do."""
    return any(os.path.exists(each / "CACHEDIR.TAG") for each in Path(sys.prefix).parents)


def tool() -> Literal["uv", "pipx", ""]:
    """What has made the environment that imgsimd runs in, and keeps it: `uv tool` or `pipx`; empty
    for any other."""
    if _UV_RECEIPT:
        return "uv"
    return "pipx" if os.path.exists(os.path.join(sys.prefix, "pipx_metadata.json")) else ""


def adding(packages: str, extra: str = "") -> str:
    """The command that adds packages that imgsimd requires, with spaces between their names, to the
    environment that it runs in. `extra` is the name of the extra that requires them, if one does.

    A plain `pip install` adds them to another one where uv or pipx has made it. `uv tool` removes
    at its next upgrade what it has not installed itself, so it is told to install imgsimd whole. In
    all others there is pip: sqlite-utils requires it.
    """
    if _UV_RECEIPT:
        return f"uv tool install {quoted(_source(_UV_RECEIPT, extra))}"
    return shlex.join([sys.executable, "-m", "pip", "install", *packages.split()])


def _read(name: str) -> str:
    try:
        return Path(sys.prefix, name).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _source(receipt: str, extra: str) -> str:
    """What `uv tool install` was given to install imgsimd, with one more extra; its name if that
    cannot be told."""
    source, extras = "imgsimd", {extra} - {""}
    with suppress(tomllib.TOMLDecodeError, LookupError, TypeError):
        wanted = tomllib.loads(receipt)["tool"]["requirements"][0]
        extras.update(map(str, wanted.get("extras", [])))
        places = (wanted[key] for key in ("directory", "editable", "path") if key in wanted)
        source = str(next(places, source))
    return f"{source}[{','.join(sorted(extras))}]" if extras else source


_UV_RECEIPT = _read("uv-receipt.toml")
"""What `uv tool` knows of this environment; empty where there is none. Read at once, since a worker
can open no file."""


def pip_folders(kind: str, name: str) -> Iterator[Path]:
    """Where pip may have installed it: for this Python or virtual environment, or for this user.
    The kinds are those of `sysconfig.get_path`."""
    import sysconfig

    for scheme in (sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")):
        yield Path(sysconfig.get_path(kind, scheme), name)
