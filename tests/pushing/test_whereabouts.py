"""A copy of a gallery is told from the original."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.pushing import whereabouts as module
from imgsimd.pushing.whereabouts import whereabouts


def test_another_directory_or_machine_gives_another_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = whereabouts(tmp_path / "state")
    assert whereabouts(tmp_path / "copy") != here
    assert whereabouts(tmp_path / "state") == here
    machine = tmp_path / "machine-id"
    machine.write_text("0123\n")
    monkeypatch.setattr(module, "MACHINE_ID", machine)
    assert whereabouts(tmp_path / "state") != here


def test_a_link_to_the_directory_is_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "link").symlink_to("state")
    assert whereabouts(tmp_path / "link") == whereabouts(tmp_path / "state")


def test_a_machine_without_an_id_has_a_text_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MACHINE_ID", tmp_path / "nothing")
    assert whereabouts(tmp_path / "a") != whereabouts(tmp_path / "b")
