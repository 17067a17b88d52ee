"""Our own messages about wrong usage: which command, what is wrong, and how to get it right."""

from __future__ import annotations

import difflib
import re
from typing import Any

# Typer keeps these private; pyproject.toml pins its version, and tests cover each of them.
from typer._click import Command, Context, HelpFormatter
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperCommand, TyperGroup, TyperOption

from imgsimd.cli import pager

EXIT_CODE = 2
MEANT = {
    "imgsimctl": {
        "about": "show",
        "add": "watch",
        "ask": "similar",
        "cmp": "compare",
        "complete": "completion",
        "completions": "completion",
        "copies": "duplicates",
        "dedup": "duplicates",
        "dedupe": "duplicates",
        "delete": "forget",
        "details": "show",
        "diff": "compare",
        "dup": "duplicates",
        "dupe": "duplicates",
        "dupes": "duplicates",
        "duplicate": "duplicates",
        "errors": "failed",
        "exif": "show",
        "find": "similar",
        "fix": "rebuild",
        "folders": "roots",
        "import": "watch",
        "index": "up",
        "info": "show",
        "install": "up",
        "kill": "down",
        "list": "roots",
        "ls": "roots",
        "man": "help --man",
        "manual": "help --man",
        "metadata": "show",
        "machines": "hosts list",
        "models": "model list",
        "move": "relocate",
        "mv": "relocate",
        "progress": "status --follow",
        "query": "similar",
        "quit": "down",
        "refresh": "rescan",
        "reindex": "rescan",
        "remove": "unwatch",
        "repair": "rebuild",
        "restart": "down && imgsimctl up",
        "retry": "failed --retry",
        "rm": "unwatch",
        "run": "up",
        "same": "similar --same",
        "scan": "rescan",
        "search": "similar",
        "shutdown": "down",
        "start": "up",
        "stat": "show",
        "stop": "down",
        "uninstall": "service uninstall",
        "unpause": "resume",
        "update": "rescan",
        "use": "model use",
        "verify": "compare",
    },
    "imgsimctl model": {
        "build": "model add",
        "download": "model add",
        "install": "model add",
        "set": "model use",
    },
    "imgsimctl hosts": {
        "delete": "hosts remove",
        "forget": "hosts remove",
        "ls": "hosts list",
        "rm": "hosts remove",
        "show": "hosts list",
    },
    "imgsimctl service": {
        "disable": "service uninstall",
        "enable": "service install",
        "remove": "service uninstall",
        "restart": "down && imgsimctl up",
        "start": "up",
        "stop": "down",
    },
}
"""The names that other programs have for our commands, by the group in which they are tried."""
MEANT_OPTIONS = {
    "imgsimctl similar": {
        **dict.fromkeys(("-n", "--count", "--limit", "--max", "--num", "--top"), "-k"),
        **dict.fromkeys(("--minus", "--negative", "--unlike", "--without"), "--not"),
        **dict.fromkeys(("--weight", "--weights"), "--with"),
        **dict.fromkeys(("--distance", "--threshold"), "--max-distance"),
        **dict.fromkeys(("--min-score", "--score", "--similarity"), "--min-similarity"),
        **dict.fromkeys(("--dir", "--folder", "--in", "--path"), "--under"),
        "--exclude": "--not-under",
        **dict.fromkeys(("--after", "--from"), "--since"),
        **dict.fromkeys(("--before", "--to"), "--until"),
        **dict.fromkeys(("--ext", "--extension", "--type"), "--format"),
        "--paste": "--clipboard",
        **dict.fromkeys(("--dedup", "--dedupe", "--group", "--unique"), "--collapse"),
        **dict.fromkeys(("--exact", "--identical"), "--same"),
        **dict.fromkeys(("--null", "--zero"), "--print0"),
        **dict.fromkeys(("--output", "--page", "-o"), "--html"),
        **dict.fromkeys(("--browser", "--show", "--view"), "--open"),
    },
}
"""The names that other programs have for options of a command."""


class OneCommand(TyperCommand):
    """A command whose help is in our layout, and which every error about its options names.

    It takes `--no-pager`, too, which belongs to imgsimctl, and so to the help of imgsimctl alone.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """As click and typer make commands, whose many parameters are passed on unchanged."""
        super().__init__(*arguments, **options)
        self.params.append(
            TyperOption(
                param_decls=[pager.OPTION], is_flag=True, expose_value=False, hidden=True,
                callback=_without_pager,
            )
        )  # fmt: skip

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Raises UsageError."""
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        _write_help(self, ctx, formatter)


class Commands(TyperGroup):
    """A group of commands that suggests the right one when it does not have a command."""

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        _write_help(self, ctx, formatter)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The command that `args` begin with. Raises UsageError if there is none."""
        name, group = args[0], ctx.command_path
        if name in self.commands or name.startswith("-"):
            return super().resolve_command(ctx, args)
        raise UsageError(f"There is no command `{group} {name}`.{self._hint(group, name)}", ctx)

    def _hint(self, group: str, name: str) -> str:
        """The command that was meant, if it is one of ours, or of another program, with a slip."""
        known = {each: f"{group} {each}" for each in self.commands}
        known |= {other: f"imgsimctl {ours}" for other, ours in MEANT[group].items()}
        near = difflib.get_close_matches(name.lower(), known, n=1)
        return f" Did you mean `{known[near[0]]}`?" if near else ""


def _without_pager(context: Context, option: object, wanted: bool) -> None:
    if wanted:
        pager.turn_off()


def _write_help(command: Command, context: Context, formatter: HelpFormatter) -> None:
    from imgsimd.cli import help_page, help_topic

    formatter.write(help_page.page(help_topic.of(command, context)))


def first(*commands: str) -> str:
    """The end of a group's help: what to try first."""
    return "\n".join(["Try first:", *commands])


def sentence(error: UsageError) -> str:
    """What is wrong, and where the right usage is explained."""
    command = error.ctx.command_path if error.ctx else "imgsimctl COMMAND"
    return f"{_what(error, f'`{command}`')} See `{command} --help`."


def _what(error: UsageError, command: str) -> str:
    match error:
        case NoSuchOption():
            return f"{command} has no option {error.option_name}.{_meant(error)}"
        case BadOptionUsage():
            return f"{error.option_name} {_wanted_values(error.message)}."
        case MissingParameter():
            return f"{command} needs {_name(error)}."
        case BadParameter() if limits := _limits(error):
            return f"{_name(error)} takes {limits}."
    extra = error.message.removeprefix("Got unexpected extra argument(s) (")
    return error.message if extra == error.message else f"{command} does not take {extra[:-1]}."


def _meant(error: NoSuchOption) -> str:
    """The option that was meant, if it is known."""
    known = MEANT_OPTIONS.get(error.ctx.command_path if error.ctx else "", {})
    meant = known.get(error.option_name) or next(iter(error.possibilities or ()), "")
    return f" Did you mean {meant}?" if meant else ""


def _wanted_values(message: str) -> str:
    if "does not take a value" in message:
        return "takes no value"
    several = re.search(r"requires (\d+) arguments", message)
    return f"needs {several[1]} values" if several else "needs a value"


def _name(error: BadParameter) -> str:
    """An option as it is typed, such as `--timeout`; an argument as the help names it."""
    assert error.param
    assert error.ctx
    if error.param.param_type_name == "option":
        return max(error.param.opts, key=len)
    return error.param.make_metavar(error.ctx).strip("[].")


def _limits(error: BadParameter) -> str:
    """What the parameter takes, if typer has checked that; empty for our own checks."""
    kind = error.param.type if error.param else None
    if choices := getattr(kind, "choices", None):
        *others, last = map(str, choices)
        return f"{', '.join(others)} or {last}" if others else last
    if kind is None or not kind.name.startswith(("int", "float")):
        return ""
    number = "a whole number" if kind.name.startswith("int") else "a number"
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if most is not None:
        return f"{number} from {least:,} to {most:,}"
    return f"{number}, {least:,} or more" if least is not None else number
