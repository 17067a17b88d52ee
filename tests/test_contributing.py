"""CONTRIBUTING.md names files and modules that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_file_that_it_names_is_there() -> None:
    named = re.findall(r"`([\w./]+(?:\.py|/))`", CONTRIBUTING)
    assert len(named) > 40
    missing = [name for name in named if not is_there(name)]
    assert missing == []


def is_there(name: str) -> bool:
    """Files of the package are named from `imgsimd/` or from their room; the others from the
    checkout."""
    if (ROOT / name).exists() or (ROOT / "imgsimd" / name).exists():
        return True
    return any(ROOT.glob(f"imgsimd/**/{name}"))


def test_every_module_to_run_is_there() -> None:
    for module in re.findall(r"python -m (tests[\w.]*)", CONTRIBUTING):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module


def test_its_table_of_contents_is_complete() -> None:
    headings = re.findall(r"^## (.+)$", CONTRIBUTING, re.MULTILINE)
    listed = re.findall(r"^- \[(.+)\]\(#(.+)\)$", CONTRIBUTING, re.MULTILINE)
    assert listed == [(title, title.lower().replace(" ", "-")) for title in headings]
