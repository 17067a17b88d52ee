"""The doctor knows every package that imgsimd requires."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from imgsimd.doctor.packages import PACKAGES

ROOT = Path(__file__).parents[2]


def test_every_required_package_but_tensorflow_is_examined() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {re.split(r"[<>=!~]", each)[0] for each in project["dependencies"]}
    assert set(PACKAGES) == required - {"tensorflow"}
