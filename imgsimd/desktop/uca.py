"""The custom actions of Thunar as it keeps them: one XML file, `uca.xml`, with all that a user has
made.

Only the bytes of single actions are added, replaced and cut out. Everything else stays as it is,
with its comments and white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from imgsimd.desktop.part import UnusableError

ID = "unique-id"
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<actions>\n</actions>\n'
_EMPTY_LIST = re.compile(rb"<actions\s*/>")


@dataclass
class Action:
    """An action, and where it lies in the file."""

    begin: int
    end: int = 0
    command: tuple[int, int] | None = None
    """Where its element `command` lies, without the end tag; None if it has none, or `<command/>`.
    """
    texts: dict[str, str] = field(default_factory=dict)
    """What its elements say, by their names."""


class ActionList:
    """The content of a file, as bytes in ASCII, UTF-8 or another extension of ASCII."""

    def __init__(self, content: bytes) -> None:
        """Raises UnusableError if it is no list of actions."""
        self.content = content
        self.actions: list[Action] = []
        self.begin = self._end = 0
        """Where the list begins, behind what stands before it."""
        self._names: list[str] = []
        self._command = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._finish
        self._parser.CharacterDataHandler = self._read
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            raise UnusableError(f"it is not XML ({error})") from error
        if not self.content[self.begin :].startswith(b"<actions"):
            raise UnusableError("it is no list of actions")

    def find(self, key: str) -> Action | None:
        """The first action with this id."""
        return next(self._of(key), None)

    def with_action(self, action: bytes) -> ActionList:
        """With this action as the last one."""
        if empty := _EMPTY_LIST.match(self.content, self.begin):
            return self._edited(*empty.span(), b"<actions>\n" + action + b"\n</actions>")
        return self._edited(self._end, self._end, action + b"\n")

    def with_command(self, key: str, command: bytes) -> ActionList:
        """With another command, as XML, in the first action with this id, which has one."""
        found = self.find(key)
        assert found is not None
        assert found.command is not None
        return self._edited(*found.command, b"<command>" + command)

    def without(self, key: str) -> ActionList:
        """Without any action that has this id."""
        found = self.find(key)
        if found is None:
            return self
        line_ends = self.content.startswith(b"\n", found.end)
        return self._edited(found.begin, found.end + line_ends, b"").without(key)

    def _of(self, key: str) -> Iterator[Action]:
        return (action for action in self.actions if action.texts.get(ID, "").strip() == key)

    def _edited(self, begin: int, end: int, by: bytes) -> ActionList:
        return ActionList(self.content[:begin] + by + self.content[end:])

    def _start(self, name: str, attributes: object) -> None:
        at = self._parser.CurrentByteIndex
        if not self._names:
            self.begin = at
        elif self._names == ["actions"] and name == "action":
            self.actions.append(Action(at))
        elif self._names == ["actions", "action"] and name == "command":
            self._command = at
        self._names.append(name)

    def _finish(self, name: str) -> None:
        at = self._parser.CurrentByteIndex
        has_end_tag = re.match(rb"</%b\s*>" % name.encode(), self.content[at:])
        if self._names == ["actions"]:
            self._end = at
        elif self._names == ["actions", "action"]:
            self.actions[-1].end = self.content.index(b">", at) + 1 if has_end_tag else at
        elif self._names == ["actions", "action", "command"]:
            self.actions[-1].command = (self._command, at) if has_end_tag else None
        self._names.pop()

    def _read(self, text: str) -> None:
        if len(self._names) == 3 and self._names[:2] == ["actions", "action"]:
            texts = self.actions[-1].texts
            texts[self._names[2]] = texts.get(self._names[2], "") + text
