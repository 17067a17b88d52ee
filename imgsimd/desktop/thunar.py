"""Our entries among a user's custom actions in Thunar.

Thunar reads the user's file, or else that of the system. So where the user has none, ours begins
as a copy of that of the system.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from imgsimd.desktop import command_lines
from imgsimd.desktop.entries import ENTRIES, ICON, Entry
from imgsimd.desktop.part import State, UnusableError
from imgsimd.desktop.places import Places
from imgsimd.desktop.uca import EMPTY, ActionList
from imgsimd.durable import NEW, replacing

NAME = "Thunar/uca.xml"
MADE = b"<!-- Made by imgsimctl, which removes it if nothing else is added. -->\n"
ACTION = """\
<action>
\t<icon>{icon}</icon>
\t<name>{name}</name>
\t<unique-id>{key}</unique-id>
\t<command>{command}</command>
\t<description>{description}</description>
\t<patterns>*</patterns>
\t<{kind}/>
</action>"""
"""As Thunar itself writes one."""


def thunar(places: Places) -> Sequence[ThunarActions]:
    """In ~/.config/Thunar/uca.xml."""
    commands = {
        entry.key: command_lines.thunar(entry.command(places.imgsimctl, "%f")) for entry in ENTRIES
    }
    system = [folder / NAME for folder in places.system_config]
    return [ThunarActions(places.config / NAME, system, commands)]


@dataclass(frozen=True, slots=True)
class ThunarActions:
    """All entries, in one file. A file that is a link is read, and never changed."""

    path: Path
    system: Sequence[Path]
    """What Thunar reads where that file is missing, the most important first."""
    commands: Mapping[str, str]
    """By the ids of the actions."""

    def state(self) -> State:
        """Installed, missing, outdated, kept or unreadable."""
        if not os.path.lexists(self.path):
            return State.MISSING
        try:
            found = self._found()
        except (UnusableError, OSError):
            return State.UNREADABLE
        if found == self.commands:
            return State.INSTALLED
        if self.path.is_symlink():
            return State.KEPT
        return State.OUTDATED if found else State.MISSING

    def put(self) -> None:
        """Adds the actions that are missing, and corrects the commands of the others."""
        there = ActionList(self.path.read_bytes() if self.path.exists() else self._beginning())
        for entry in ENTRIES:
            command = _as_xml(self.commands[entry.key])
            known = there.find(entry.key)
            if known and known.command:
                there = there.with_command(entry.key, command.encode())
            else:
                there = there.without(entry.key).with_action(_action(entry, command))
        self._write(there.content)

    def take_out(self) -> None:
        """Takes the actions out; removes the file if nobody has added anything to what it was."""
        if self.path.is_symlink():
            raise UnusableError("it is a link")
        there = ActionList(self.path.read_bytes())
        for entry in ENTRIES:
            there = there.without(entry.key)
        if there.content == self._beginning():
            self.path.unlink()
        else:
            self._write(there.content)

    def _found(self) -> Mapping[str, str]:
        """The commands of the actions that are there."""
        there = ActionList(self.path.read_bytes())
        known = {key: action for key in self.commands if (action := there.find(key))}
        return {key: action.texts.get("command", "").strip() for key, action in known.items()}

    def _beginning(self) -> bytes:
        """What a file of ours has besides the actions."""
        content = next((file.read_bytes() for file in self.system if file.is_file()), EMPTY)
        try:
            at = ActionList(content).begin
        except UnusableError:
            content, at = EMPTY, EMPTY.index(b"<actions>")
        return content[:at] + MADE + content[at:]

    def _write(self, content: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mode = stat.S_IMODE(self.path.stat().st_mode) if self.path.exists() else NEW
        with replacing(self.path, mode) as stream:
            stream.write(content)


def _action(entry: Entry, command: str) -> bytes:
    """The action as XML, with a command that is XML, too."""
    return ACTION.format(
        icon=ICON,
        name=entry.name,
        key=entry.key,
        command=command,
        description=entry.description,
        kind="directories" if entry.takes_folder else "image-files",
    ).encode()


def _as_xml(text: str) -> str:
    """In ASCII, so that it fits into a file of any encoding."""
    return escape(text, {"\r": "&#13;"}).encode("ascii", "xmlcharrefreplace").decode()
