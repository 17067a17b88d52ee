"""A user's custom actions in Thunar stay as they are, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgsimd.desktop.part import State, UnusableError
from imgsimd.desktop.places import Places
from imgsimd.desktop.thunar import ThunarActions, thunar
from tests.support import desktop

OWN = """<action>
\t<icon>utilities-terminal</icon>
\t<name xml:lang="de">Öffne Konsole &amp; mehr</name>
\t<unique-id>1700000000000000-1</unique-id>
\t<command>exo-open --working-directory %f</command>
\t<patterns>*</patterns>
\t<directories/>
</action>"""
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
FILES = {
    "as Thunar writes it": f"{HEAD}\n<actions>\n{OWN}\n</actions>\n",
    "in one line": f"<actions>{OWN}</actions>",
    "indented": f"\n<actions>\n  <!-- mine -->\n  {OWN}\n  </actions >\n<!-- end -->\n",
    "with Windows' line ends": f"<actions>\r\n{OWN}\r\n</actions>\r\n",
    "with another action without an id": "<actions><action><name>a</name></action></actions>",
    "in Latin-1": f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<actions>{OWN}</actions>',
    "behind a mark of its encoding": f"\ufeff<actions>{OWN}</actions>",
    "with a declaration": f"<!DOCTYPE actions [<!ENTITY x 'y'>]>\n<actions>{OWN}\n</actions>",
    "empty": "<actions></actions>\n",
}
BROKEN = {
    "cut off": f"<actions>{OWN}".encode(),
    "nothing": b"",
    "another root": b"<html><action/></html>",
    "in UTF-16": f"<actions>{OWN}</actions>".encode("utf-16"),
    "no text": b"\0\1\2",
}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return desktop.places(tmp_path / "home", "café & <co>")


@pytest.fixture
def actions(places: Places) -> ThunarActions:
    (found,) = thunar(places)
    return found


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_the_rest_is_as_it_was(actions: ThunarActions, text: str) -> None:
    before = text.encode("latin-1" if "8859" in text else "utf-8")
    actions.path.write_bytes(before)
    assert actions.state() is State.MISSING
    actions.put()
    assert actions.state() is State.INSTALLED
    end = before.rindex(b"</actions")
    written = actions.path.read_bytes()
    assert written.startswith(before[:end])
    assert written.endswith(before[end:])
    actions.put()
    assert actions.path.read_bytes() == written
    actions.take_out()
    assert actions.path.read_bytes() == before


def test_a_list_that_is_one_empty_tag_can_be_added_to(actions: ThunarActions) -> None:
    actions.path.write_bytes(b"<actions />")
    actions.put()
    assert actions.state() is State.INSTALLED


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_broken_is_left_alone(actions: ThunarActions, content: bytes) -> None:
    actions.path.write_bytes(content)
    assert actions.state() is State.UNREADABLE
    for change in (actions.put, actions.take_out):
        with pytest.raises(UnusableError):
            change()
    assert actions.path.read_bytes() == content


def test_only_the_command_of_an_action_that_a_user_changed_is_corrected(
    actions: ThunarActions, places: Places
) -> None:
    actions.put()
    changed = actions.path.read_text().replace("Find similar photos", "Wie dieses")
    actions.path.write_text(changed)
    (moved,) = thunar(desktop.places(places.data.parents[1], "moved"))
    assert moved.state() is State.OUTDATED
    moved.put()
    assert moved.state() is State.INSTALLED
    assert "<name>Wie dieses</name>" in moved.path.read_text()


def test_an_action_that_lost_its_command_gets_one(actions: ThunarActions) -> None:
    actions.path.write_text(
        "<actions><action><unique-id>imgsimd-similar</unique-id><command/></action></actions>"
    )
    assert actions.state() is State.OUTDATED
    actions.put()
    assert actions.state() is State.INSTALLED


def test_the_actions_of_the_system_are_not_lost(actions: ThunarActions, places: Places) -> None:
    system = places.system_config[0] / "Thunar/uca.xml"
    system.parent.mkdir(parents=True)
    system.write_text(FILES["as Thunar writes it"])
    actions.put()
    assert OWN in actions.path.read_text()
    actions.take_out()
    assert not actions.path.exists()


def test_a_file_to_which_a_user_has_added_something_stays(actions: ThunarActions) -> None:
    actions.put()
    text = actions.path.read_text().replace("</actions>", f"{OWN}\n</actions>")
    actions.path.write_text(text)
    actions.take_out()
    assert OWN in actions.path.read_text()
    assert "imgsimctl browse" not in actions.path.read_text()


def test_the_file_keeps_its_mode(actions: ThunarActions) -> None:
    actions.path.write_text(FILES["empty"])
    actions.path.chmod(0o600)
    actions.put()
    assert actions.path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(actions.path.parent) == ["uca.xml"]
