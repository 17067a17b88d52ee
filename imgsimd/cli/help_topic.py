"""What the help says of a command, as plain values: its page on a terminal and its part of the man
page are made from them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from typer._click import Command, Context, Parameter  # see `usage`
from typer.core import TyperGroup, TyperOption

EXAMPLE = "Example: "
"""In the docstring of a command, what follows up to the end of the line is an example."""
GROUPS = {
    "Search": {
        "similar": "Find similar photos",
        "duplicates": "Find copies of photos",
        "compare": "Compare two pictures",
        "show": "Show all about a photo",
        "browse": "Look in the browser",
    },
    "Folders": {
        "watch": "Watch more folders",
        "unwatch": "Stop watching folders",
        "roots": "List the watched folders",
        "relocate": "Say that a folder moved",
        "rescan": "Look for missed changes",
        "skipped": "List what isn't indexed",
        "failed": "List unreadable pictures",
        "forget": "Forget missing photos",
    },
    "Daemon": {
        "up": "Start, and index folders",
        "down": "Stop",
        "status": "Show progress and health",
        "doctor": "Find out what is wrong",
        "wait": "Wait until all is indexed",
        "pause": "Pause indexing",
        "resume": "Resume indexing",
        "reload": "Read the settings again",
    },
    "Gallery": {
        "check": "Look for damage",
        "rebuild": "Repair what check finds",
        "backup": "Copy the database",
        "restore": "Put a backup back",
        "export": "Write all for programs",
        "import": "Take in an export",
        "hosts": "List sharing machines",
    },
    "More": {
        "model": "Choose or add a model",
        "service": "Start imgsimd at login",
        "desktop": "Menus of file managers",
        "health": "Say whether all works",
        "metrics": "Numbers for Prometheus",
        "sample": "Draw pictures to try with",
        "completion": "Complete words with Tab",
        "help": "Explain a command",
        "version": "Print the version",
    },
}
"""The commands in the order of `imgsimctl --help`, each in at most 25 letters, so that all of them
fit on a screen; on a small one, the last group is only listed. A command that is not here comes
last, with the beginning of its summary."""
_LONGEST_CHOICES = 24
"""Characters of `a|b|c` that are shown behind an option; more are shown in its text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An argument, an option or a command, and what it means."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Entries with something in common; the title may be empty."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Topic:
    """A command, or a group of commands."""

    name: str
    """As it is typed, such as `imgsimctl model add`."""
    usage: str
    summary: str
    """One sentence or two."""
    details: Sequence[str]
    """More paragraphs."""
    examples: Sequence[str]
    first: Sequence[str]
    """Of a group: the commands to try first."""
    arguments: Section
    options: Sequence[Section]
    commands: Sequence[Section]


def of(command: Command, context: Context) -> Topic:
    """The topic of a command whose context this is."""
    summary, details, examples = _parts(command.help or "")
    parameters = [each for each in command.params if not getattr(each, "hidden", False)]
    options = [each for each in parameters if isinstance(each, TyperOption)]
    arguments = [each for each in parameters if not isinstance(each, TyperOption)]
    shown = [Entry(_argument(each).strip("[]"), _text(each)) for each in arguments]
    return Topic(
        name=context.command_path,
        usage=_usage(command, context, options, arguments),
        summary=summary,
        details=details,
        examples=examples,
        first=(command.epilog or "").split("\n")[1:],
        arguments=Section("", [entry for entry in shown if entry.text]),
        options=_by_title(options),
        commands=_commands(command) if isinstance(command, TyperGroup) else (),
    )


def briefs(command: Command, context: Context) -> dict[str, str]:
    """The commands of a group, each in a few words; empty for a command that is no group."""
    return {
        entry.term: entry.text for each in of(command, context).commands for entry in each.entries
    }


def walk(command: Command, name: str, parent: Context | None = None) -> Iterator[Topic]:
    """The topics of a command and of all commands in it, in the order of GROUPS."""
    context = Context(command, parent=parent, info_name=name)
    yield of(command, context)
    if isinstance(command, TyperGroup):
        for _, names in _grouped(command):
            for inner, _ in names:
                yield from walk(command.commands[inner], inner, context)


def term(option: TyperOption) -> str:
    """An option with what it takes, such as `-0, --print0` and `--max-distance D`."""
    value = "" if option.is_flag else f" {_value(option)}"
    return ", ".join(sorted(_names(option), key=len)) + value


def _names(option: TyperOption) -> Sequence[str]:
    """Those that change something: of `--verify/--no-verify`, the one that is not the default."""
    if option.secondary_opts and option.default is None:
        return [option.opts[0].replace("--", "--[no-]")]
    return option.secondary_opts if option.is_flag and option.default is True else option.opts


def _value(option: TyperOption) -> str:
    if option.metavar:
        return option.metavar
    choices = "|".join(_choices(option))
    if choices and len(choices) <= _LONGEST_CHOICES:
        return choices
    return "N" if option.type.name.startswith(("int", "float")) else (option.name or "").upper()


def _choices(parameter: Parameter) -> Sequence[str]:
    return [str(each) for each in getattr(parameter.type, "choices", ())]


def _argument(parameter: Parameter) -> str:
    name = parameter.metavar or (parameter.name or "").upper()
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _usage(
    command: Command, context: Context, options: Sequence[object], arguments: Sequence[Parameter]
) -> str:
    if isinstance(command, TyperGroup):
        return f"{context.command_path} COMMAND [ARGUMENT...]"
    pieces = [context.command_path, *["[OPTION...]"] * bool(options), *map(_argument, arguments)]
    return " ".join(pieces)


def _text(parameter: Parameter) -> str:
    """The help of an argument or option, with its choices, its default, and that it is
    repeatable."""
    text = str(getattr(parameter, "help", None) or "")
    unnamed = [each for each in _choices(parameter) if each not in text]
    if unnamed and not (isinstance(parameter, TyperOption) and unnamed[0] in _value(parameter)):
        text = f"{text.rstrip('.')}: {_or(_choices(parameter))}."
    default = parameter.default
    if not (default is None or isinstance(default, bool) or default in ("", (), [])):
        text = f"{text.rstrip('.')} (default {default})."
    if isinstance(parameter, TyperOption) and parameter.multiple:
        text = f"{text.removesuffix('.')} (repeatable)."
    return text


def _or(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))


def _by_title(options: Iterable[TyperOption]) -> Sequence[Section]:
    """The options by `rich_help_panel`, where typer keeps the title of a group of options."""
    found: dict[str, list[Entry]] = {"Options": []}
    for option in options:
        found.setdefault(option.rich_help_panel or "Options", []).append(
            Entry(term(option), _text(option))
        )
    return [Section(title, entries) for title, entries in found.items() if entries]


def _commands(group: TyperGroup) -> Sequence[Section]:
    return [
        Section(title, [Entry(name, text or brief(group.commands[name])) for name, text in names])
        for title, names in _grouped(group)
    ]


def _grouped(group: TyperGroup) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """The names of the commands with their texts in GROUPS, by their titles there; those of a
    group in a group have neither."""
    shown = [name for name, command in group.commands.items() if not command.hidden]
    if not set(shown) & set(GROUPS["Search"]):
        yield "", [(name, "") for name in shown]
        return
    named = {name for texts in GROUPS.values() for name in texts}
    for title, texts in GROUPS.items():
        others = [(name, "") for name in shown if name not in named] if title == "More" else []
        yield title, [*((name, texts[name]) for name in texts if name in shown), *others]


def brief(command: Command) -> str:
    """The first sentence of its summary, without the full stop."""
    return _parts(command.help or "")[0].split(". ")[0].rstrip(".")


def _parts(text: str) -> tuple[str, Sequence[str], Sequence[str]]:
    """The summary, further paragraphs and examples of a docstring."""
    prose, examples = [], []
    for line in inspect.cleandoc(text).split("\n"):
        before, _, example = line.partition(EXAMPLE)
        prose.append(before)
        examples += [example] if example else []
    paragraphs = [" ".join(each.split()) for each in "\n".join(prose).split("\n\n")]
    summary, *details = [each for each in paragraphs if each] or [""]
    return summary, details, examples
