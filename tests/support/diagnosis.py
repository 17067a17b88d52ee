"""What `imgsimctl doctor` finds in a household, and its remedies, as they are written."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from imgsimd import __version__
from tests.support.household import Household
from tests.support.patience import LONG_DEADLINE

Check = dict[str, str]
_SUDO = '#!/bin/sh\nexec "$@"\n'


def examined(home: Household, code: int, environ: Mapping[str, str] | None = None) -> list[Check]:
    """All checks; doctor must end with this code, and say the same in all its forms."""
    done = home.ctl("doctor", "--json", stdin=b"", **(environ or {}))
    answer = json.loads(done.stdout)
    found = cast(list[Check], answer["checks"])
    told = [each for each in found if each["result"] != "pass"]
    assert done.returncode == code, (told, done.stderr)
    verdicts = [each["result"] for each in found]
    counts = [verdicts.count(each) for each in ("pass", "warn", "fail")]
    assert [answer["passed"], answer["warned"], answer["failed"]] == counts
    assert answer["version"] == __version__
    assert all(bool(each["remedy"]) == (each["result"] != "pass") for each in found)
    return found


def wrong(home: Household, code: int, environ: Mapping[str, str] | None = None) -> dict[str, Check]:
    """What does not pass, by its name."""
    checks = examined(home, code, environ)
    return {each["name"]: each for each in checks if each["result"] != "pass"}


def mend(home: Household, check: Check, environ: Mapping[str, str] | None = None) -> None:
    """Runs the remedy in a shell. There, `sudo` does without more rights."""
    programs = home.folder / "programs"
    programs.mkdir(exist_ok=True)
    sudo = programs / "sudo"
    sudo.write_text(_SUDO)
    sudo.chmod(0o755)
    path = f"{programs}:{home.environ['PATH']}:/usr/sbin:/sbin"
    done = subprocess.run(
        ["bash", "-c", check["remedy"]],
        env=home.environ | {"PATH": path} | dict(environ or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LONG_DEADLINE,
        check=False,
    )
    assert done.returncode == 0, (check["remedy"], done.stdout, done.stderr)


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below the folder, with its content."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
