"""The command `help`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from typer._click import Context  # see `usage`
from typer.core import TyperGroup

from imgsimd.cli import pager

app = typer.Typer()


def _commands(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """What can be explained, for its completion."""
    from imgsimd.cli import help_topic

    context = _named(ctx.find_root(), ctx.params["words"] or [])
    return list(help_topic.briefs(context.command, context).items())


@app.command("help")
def show(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[COMMAND...]", help="What to explain.", autocompletion=_commands),
    ] = None,
    man: Annotated[
        bool,
        typer.Option("--man", help="Print the man page imgsimctl(1); with `imgsimd`, imgsimd(8)."),
    ] = False,
) -> None:
    """Explain imgsimctl, or one of its commands.

    Example: imgsimctl help similar
    Example: imgsimctl help --man | man -l -
    """
    root = context.find_root()
    from imgsimd.cli import help_page, help_topic

    if man:
        print(_man_page(root, words or []), end="")
    else:
        pager.begin()
        command = _named(root, words or [])
        print(help_page.page(help_topic.of(command.command, command), is_whole=True))


def _man_page(root: Context, words: Sequence[str]) -> str:
    """The page in roff. Raises typer.BadParameter if there is none for these words."""
    from imgsimd.cli import man_page

    if words not in ([], ["imgsimd"]):
        raise typer.BadParameter("There are two man pages: `--man` and `--man imgsimd`.")
    return man_page.of_daemon() if words else man_page.of_commands(root)


def _named(root: Context, words: Sequence[str]) -> Context:
    """The context of the command that is called so. Raises UsageError if there is none."""
    context = root
    for word in words:
        group = context.command
        if not isinstance(group, TyperGroup):
            raise typer.BadParameter(f"`{context.command_path}` has no commands.")
        name, command, _ = group.resolve_command(context, [word])
        assert command
        context = Context(command, parent=context, info_name=name)
    return context
