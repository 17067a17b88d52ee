"""The man pages imgsimctl(1) and imgsimd(8) in roff (man(7)), from what `--help` shows.

Of the commands nothing is written here, and the exit codes are those of `errors`.
"""

from __future__ import annotations

import re
import signal
import textwrap
from collections.abc import Iterator, Sequence

from typer._click import Context  # see `usage`

from imgsimd import __version__, errors
from imgsimd.cli import help_topic
from imgsimd.cli.ending import SIGNALLED
from imgsimd.cli.help_topic import Entry, Section, Topic
from imgsimd.cli.usage import EXIT_CODE

DESCRIPTION = (
    "`imgsimctl` finds the photos on your disk that look like a picture you give it. It starts the "
    "daemon `imgsimd`, tells it which folders to watch, and asks it. The daemon follows every new, "
    "changed, moved and deleted photo. Nothing leaves your machine, and photos are never modified.",
    "Begin with `imgsimctl up ~/Pictures`, then ask with `imgsimctl similar photo.jpg`.",
    "Every command has `--help`, or `-h`. No command asks for input. Colours, links and progress "
    "are shown only on a terminal.",
)
DAEMON = (
    "`imgsimd` watches folders of photos, computes a vector for each photo, and answers questions "
    "over a Unix socket. It takes no arguments: everything is in its configuration file, which "
    "imgsimctl(1) edits. It is not run by hand: `imgsimctl up` starts it, as a systemd user "
    "service where there is systemd.",
    "SIGHUP has it read the configuration again; SIGTERM and SIGINT end it. A second daemon with "
    "the same state directory refuses to start.",
)
FILES = (
    Entry("~/.config/imgsimd/config.toml", "The configuration."),
    Entry("~/.local/state/imgsimd/gallery.db", "The database: SQLite."),
    Entry("~/.local/state/imgsimd/models/", "Models that were added."),
    Entry("~/.local/state/imgsimd/imgsimd.log", "The log, if systemd does not keep it."),
    Entry("~/.local/state/imgsimd/control.sock", "Leads to the socket of the daemon."),
    Entry("/run/user/UID/imgsimd/control.sock", "The socket of the daemon."),
    Entry("~/.cache/imgsimd/thumbnails/", "Small pictures of photos that were looked at."),
)
ENVIRONMENT = (
    Entry("IMGSIMD_CONFIG", "The configuration file."),
    Entry("IMGSIMD_STATE_DIR", "The state directory, instead of ~/.local/state/imgsimd."),
    Entry("IMGSIMD_SOCKET", "The socket."),
    Entry(
        "XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_RUNTIME_DIR",
        "Instead of ~/.config, ~/.local/state, ~/.cache and /run/user/UID.",
    ),
    Entry(
        "CONFIGURATION_DIRECTORY, STATE_DIRECTORY, RUNTIME_DIRECTORY",
        "As systemd.exec(5) sets them for a service.",
    ),
)
OF_TERMINALS = (
    Entry("NO_COLOR", "If it is set, nothing is coloured."),
    Entry("IMGSIMD_PAGER, PAGER", "The pager for long lists, instead of less; cat for none."),
)
_ESCAPES = {
    "\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti",
}  # fmt: skip
"""Characters that roff would change, or that it would print as others (groff_char(7))."""


_WIDTH = 78
"""Columns of the source."""


def of_commands(root: Context) -> str:
    """imgsimctl(1): all commands of the group whose context this is."""
    assert root.info_name
    topics = list(help_topic.walk(root.command, root.info_name))
    return "".join(f"{line}\n" for line in _of_commands(topics[0], topics[1:]))


def of_daemon() -> str:
    """imgsimd(8)."""
    return "".join(f"{line}\n" for line in _of_daemon())


def exit_codes() -> Sequence[Entry]:
    """Each exit code with its meaning: that of the first error in the tree that has it."""
    found = {0: "Done.", errors.ImgsimdError.exit_code: "Internal error: please report it."}
    found[EXIT_CODE] = "Wrong usage."
    for kind in errors.kinds():
        sentence = (kind.__doc__ or "").split(". ")[0].rstrip(".")
        found.setdefault(kind.exit_code, f"{sentence}.")
    found[SIGNALLED + signal.SIGINT] = "Interrupted."
    return [Entry(str(code), found[code]) for code in sorted(found)]


def _of_commands(root: Topic, topics: Sequence[Topic]) -> Iterator[str]:
    yield from _title("imgsimctl", 1, root.summary)
    yield from [".SH SYNOPSIS", ".B imgsimctl", r"\fICOMMAND\fR [\fIARGUMENT\fR...]"]
    yield from [".SH DESCRIPTION", *_paragraphs(DESCRIPTION)]
    yield ".SH COMMANDS"
    for section in root.commands:
        yield f".SS {_escaped(section.title)}"
        for entry in section.entries:
            name = f"{root.name} {entry.term}"
            for topic in topics:
                if topic.name == name or (topic.name.startswith(f"{name} ")):
                    yield from _command(topic)
    yield from [".SH OPTIONS", *_entries(_of(root.options))]
    yield from [".SH FILES", *_entries(FILES)]
    yield from [".SH ENVIRONMENT", *_entries((*ENVIRONMENT, *OF_TERMINALS))]
    yield from [".SH EXIT STATUS", *_entries(exit_codes())]
    yield from [".SH EXAMPLES", *_examples(topics)]
    yield from [".SH SEE ALSO", r"\fBimgsimd\fR(8)"]


def _of_daemon() -> Iterator[str]:
    yield from _title("imgsimd", 8, "Watch photo folders, and answer what looks alike.")
    yield from [".SH SYNOPSIS", ".B imgsimd"]
    yield from [".SH DESCRIPTION", *_paragraphs(DAEMON)]
    yield from [".SH FILES", *_entries(FILES)]
    yield from [".SH ENVIRONMENT", *_entries(ENVIRONMENT)]
    yield from [".SH EXIT STATUS", *_entries(exit_codes())]
    yield from [".SH SEE ALSO", r"\fBimgsimctl\fR(1), \fBsystemd.unit\fR(5)"]


def _title(name: str, section: int, summary: str) -> Iterator[str]:
    yield f'.TH {name.upper()} {section} "" "imgsimd {__version__}"'
    text = summary[0].lower() + summary[1:].rstrip(".")
    yield from [".SH NAME", rf"{name} \- {_escaped(text)}"]


def _command(topic: Topic) -> Iterator[str]:
    _, *words = topic.usage.split(" ")
    shown = [_word(word) for word in words]
    yield from [".TP", " ".join(shown), *prose(topic.summary)]
    details = [line for text in topic.details for line in (".PP", *prose(text))]
    more = [*details, *_entries(_of([topic.arguments, *topic.options]))]
    yield from [".RS", *more, ".RE"] if more else []


def _of(sections: Sequence[Section]) -> Sequence[Entry]:
    return [entry for section in sections for entry in section.entries]


def _entries(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        pieces = re.split(r"([ ,|]+)", entry.term)
        yield from [".TP", "".join(_word(piece) for piece in pieces), *prose(entry.text)]


def _examples(topics: Sequence[Topic]) -> Iterator[str]:
    """All examples but those that are only the name of a command."""
    for topic in topics:
        for example in topic.examples:
            if example != topic.name:
                yield from [".TP", rf"\fB{_escaped(example)}\fR", *prose(topic.summary)]


def _paragraphs(texts: Sequence[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield from [*[".PP"] * bool(number), *prose(text)]


def prose(text: str) -> Iterator[str]:
    """The sentences, each on a line of its own, as man-pages(7) asks; what is in backticks is
    bold."""
    for sentence in re.split(r"(?<=[.:;]) (?=[A-Z])", text):
        pieces = re.split(r"`([^`]*)`", sentence)
        shown = [rf"\fB{_escaped(p)}\fR" if n % 2 else _escaped(p) for n, p in enumerate(pieces)]
        for line in textwrap.wrap("".join(shown), _WIDTH, break_on_hyphens=False):
            yield rf"\&{line}" if line.startswith(".") else line


def _word(word: str) -> str:
    """A word of a synopsis: names in bold, what is to be filled in in italics."""
    return re.sub(
        r"[-\w.]*\w",
        lambda found: (
            rf"\f{'I' if found[0].isupper() and found[0][0] != '-' else 'B'}"
            rf"{_escaped(found[0])}\fR"
        ),
        word,
    )


def _escaped(text: str) -> str:
    shown = "".join(_ESCAPES.get(each, each) for each in text)
    return "".join(each if each.isascii() else rf"\[u{ord(each):04X}]" for each in shown)
