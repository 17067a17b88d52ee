"""Which build of imgsimd is installed in a folder of packages, and whether all of it is there.

Needs the standard library alone. The daemon keeps this text from its start, and runs it in a child
with whatever has been installed by then: `python -B -P -c TEXT` prints what `probe` returns.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module

NAME = "imgsimd"
NEEDED = ("imgsimd", "imgsimd.config", "imgsimd.locations", "imgsimd.gallery.catalog.migrations")
LOADED = ("imgsimd.daemon", "imgsimd.embedding.worker")
"""With all that these import; also by another version, in which these names must be the same."""


def packages(site: str) -> dict[str, str]:
    """The versions of imgsimd and of the packages that it requires, as far as they are installed in
    this folder; empty if imgsimd is not installed there, as in a checkout."""
    folders = _folders(site)
    wanted = {NAME, *_requirements(site, folders)}
    return {name: _version(folders[name]) for name in wanted.intersection(folders)}


def contents(site: str) -> str:
    """A sum of what imgsimd's own files are, as whoever installed them has recorded (the file
    RECORD, https://packaging.python.org/specifications/recording-installed-packages/); empty if
    nobody has."""
    recorded = _recorded(site, _folders(site).get(NAME, ""))
    own = sorted(f"{path} {digest}" for path, digest in recorded if _is_own(path))
    return hashlib.sha256("\n".join(own).encode()).hexdigest() if own else ""


def flaw(site: str) -> str:
    """What is missing of imgsimd and of the packages that it requires, in words without a full
    stop. Empty if every module is there that was recorded, and imgsimd's own files are as recorded.

    Packages for distributions and containers are made without commands and tests of others."""
    folders = _folders(site)
    for name in packages(site):
        if not os.path.exists(os.path.join(site, folders[name], "RECORD")):  # it is written last
            return f"{name} is not installed completely"
        for path, digest in _recorded(site, folders[name]):
            file = os.path.join(site, path)
            if _is_needed(path) and not os.path.lexists(file):
                return f"{file} is missing"
            if digest and _is_own(path) and _digest(file) != digest:
                return f"{file} is not what was installed"
    return ""


def probe() -> dict[str, object]:
    """What is installed for the Python that runs this, after importing what daemon and worker need,
    and reading the configuration. Raises whatever these raise."""
    package, config, locations, database = map(import_module, NEEDED)
    for module in LOADED:
        import_module(module)
    config.load(locations.find().config)
    site = os.path.dirname(os.path.dirname(os.path.abspath(str(package.__file__))))
    return {
        "version": package.__version__,
        "database": database.VERSION,
        "packages": packages(site),
        "contents": contents(site),
        "flaw": flaw(site),
    }


def _folders(site: str) -> dict[str, str]:
    """The folder of each package in `site` with what is recorded of it: NAME-VERSION.dist-info."""
    with suppress(OSError):
        entries = [entry for entry in os.listdir(site) if entry.endswith(".dist-info")]
        return {_normal(entry.partition("-")[0]): entry for entry in sorted(entries)}
    return {}


def _version(folder: str) -> str:
    return folder.removesuffix(".dist-info").partition("-")[2]


def _requirements(site: str, folders: Mapping[str, str]) -> Iterator[str]:
    with suppress(OSError, KeyError):
        file = os.path.join(site, folders[NAME], "METADATA")
        with open(file, encoding="utf-8", errors="replace") as metadata:
            for line in metadata:
                field, _, value = line.partition(": ")
                if field == "Requires-Dist" and "extra ==" not in value:
                    yield _normal(re.split(r"[^\w.-]", value)[0])


def _recorded(site: str, folder: str) -> Iterator[tuple[str, str]]:
    """Path, from `site` on, and digest of each file of a package."""
    with suppress(OSError, ValueError):
        file = os.path.join(site, folder, "RECORD")
        with open(file, encoding="utf-8", errors="replace") as record:
            for line in record:
                path, digest, _ = line.rsplit(",", 2)
                yield path.strip('"'), digest


def _digest(file: str) -> str:
    with open(file, "rb") as stream:
        digest = hashlib.sha256(stream.read()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _is_needed(path: str) -> bool:
    """Whether it is a module, and no test."""
    is_elsewhere = path.startswith(("..", "/")) or "/test" in path
    return _is_own(path) or (path.endswith((".py", ".so")) and not is_elsewhere)


def _is_own(path: str) -> bool:
    return path.startswith(f"{NAME}/") and not path.endswith(".pyc")


def _normal(name: str) -> str:
    """The name as it is compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    json.dump(probe(), sys.stdout)
