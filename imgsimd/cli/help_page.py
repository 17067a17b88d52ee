"""The help of a command as text for a terminal: at most 24 lines if there is room for it."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence

from imgsimd.cli import terminal, wrapping
from imgsimd.cli.help_topic import Entry, Section, Topic

LINES = 24
"""The lines of the smallest terminal; a longer page has no blank lines between its sections."""
WIDEST, NARROWEST = 100, 20
"""Columns between which the text is fitted to the terminal. Longer lines are hard to read."""
_WIDEST_TERM = 24
"""Columns for the terms beside their texts. The text of a longer term begins below it."""
_TWO_COLUMNS = 78
"""From this width on, groups of commands are shown side by side."""
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def page(topic: Topic, is_whole: bool = False) -> str:
    """The help of the topic, as wide as the terminal, and with bold titles on one. Where it does
    not fit, some options are only listed, unless it must be `is_whole`."""
    is_bold = terminal.obeys() and not os.environ.get("NO_COLOR")
    room = shutil.get_terminal_size().lines if terminal.obeys() else 0
    lines = sys.maxsize if is_whole else max(room, LINES)
    return laid_out(topic, min(max(terminal.columns(), NARROWEST), WIDEST), is_bold, lines)


def laid_out(topic: Topic, width: int, is_bold: bool = False, lines: int = LINES) -> str:
    """The help of the topic, in lines of at most `width` columns where its words are no longer.
    If it has too many lines for a small terminal, it has no blank ones between its sections; if it
    still has more than `lines`, groups of options with a title, and the last group of commands, are
    listed without their texts."""
    blocks = list(_blocks(topic, width))
    if _height(blocks) >= LINES:  # the prompt needs a line, too
        blocks = _tight(blocks)
    if _height(blocks) >= lines:
        blocks = _tight(list(_blocks(topic, width, is_short=True)))
    text = "\n\n".join("\n".join(block) for block in blocks)
    return _titles(topic).sub(rf"{_BOLD}\g<0>{_PLAIN}", text) if is_bold else text


def _titles(topic: Topic) -> re.Pattern[str]:
    """Finds the titles of the page, and no sentence that has a colon."""
    sections = [*topic.options, *topic.commands]
    names = {"Usage", "Example", "Try first", *(each.title for each in sections if each.title)}
    place = "(?:^|(?<=  ))" if topic.commands else "^"
    return re.compile(rf"{place}(?:{'|'.join(map(re.escape, names))}):(?=\s|$)", re.MULTILINE)


def _blocks(topic: Topic, width: int, is_short: bool = False) -> Iterator[list[str]]:
    """Groups of lines with a blank line between them."""
    yield _wrapped(f"Usage: {topic.usage}", width)
    yield _wrapped(topic.summary, width)
    yield from (_wrapped(paragraph, width) for paragraph in topic.details)
    sections = [topic.arguments, *topic.options]
    if topic.commands:
        yield _columns(topic.commands, width, is_short)
        sections = []
    listed = sections[2:] if is_short else []
    sections = sections[: len(sections) - len(listed)]
    term = _term_width([entry for section in sections for entry in section.entries])
    yield from (_section(each, term, width) for each in sections if each.entries)
    yield from (_listed(each, topic, width) for each in listed)
    if topic.examples:
        yield [f"Example: {example}" for example in topic.examples]
    if len(topic.first) == 1:
        yield [f"Try first: {topic.first[0]}"]
    elif topic.first:
        yield ["Try first:", *(f"  {command}" for command in topic.first)]


def _height(blocks: Sequence[list[str]]) -> int:
    """Lines, with a blank one between two blocks."""
    return sum(map(len, blocks)) + len(blocks) - 1


def _tight(blocks: Sequence[list[str]]) -> list[list[str]]:
    opening, *rest = blocks
    return [opening, [line for block in rest for line in block]]


def _listed(section: Section, topic: Topic, width: int) -> list[str]:
    """The options of the section by their names alone."""
    command = topic.name.removeprefix("imgsimctl ")
    terms = ", ".join(entry.term for entry in section.entries)
    title = f"{section.title}: (`imgsimctl help {command}` explains them)"
    return [*_wrapped(title, width), *_wrapped(terms, width, 2)]


def _wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    lines = wrapping.wrapped(text, width - indent, breaks=False)
    return [f"{' ' * indent}{line}" for line in lines]


def _section(section: Section, term: int, width: int) -> list[str]:
    entries = [line for entry in section.entries for line in _entry(entry, term, width)]
    return [f"{section.title}:", *entries] if section.title else entries


def _entry(entry: Entry, term: int, width: int) -> list[str]:
    """A term with its text beside it; below it if there is no room."""
    column = term + 4
    if len(entry.term) > term or width < column + 20:
        return [f"  {entry.term}", *_wrapped(entry.text, width, min(column, 6))]
    text = _wrapped(entry.text, width, column) or [""]
    return [f"  {entry.term:{term}}  {text[0].lstrip()}".rstrip(), *text[1:]]


def _term_width(entries: Sequence[Entry]) -> int:
    lengths = [len(entry.term) for entry in entries]
    return max((each for each in lengths if each <= _WIDEST_TERM), default=0)


def _columns(sections: Sequence[Section], width: int, is_short: bool) -> list[str]:
    """Sections below each other, or, where there is room, in two columns of about one length. If
    `is_short`, of the last one only the names, below the others."""
    term = _term_width([entry for section in sections for entry in section.entries])
    if width < _TWO_COLUMNS or len(sections) == 1:
        return [line for each in sections for line in _section(each, term, width)]
    if is_short:
        names = ", ".join(entry.term for entry in sections[-1].entries)
        last = [f"{sections[-1].title}:", *_wrapped(names, width, 2)]
        return [*_columns(sections[:-1], width, is_short=False), *last]
    half = width // 2
    blocks = [_section(each, term, half - 1) for each in sections]
    lengths = [len(block) for block in blocks]
    split = min(range(1, len(blocks)), key=lambda n: max(sum(lengths[:n]), sum(lengths[n:])))
    left = [line for block in blocks[:split] for line in block]
    right = [line for block in blocks[split:] for line in block]
    rows = max(len(left), len(right))
    padded = [[*column, *[""] * (rows - len(column))] for column in (left, right)]
    return [f"{one:{half}}{two}".rstrip() for one, two in zip(*padded, strict=True)]
