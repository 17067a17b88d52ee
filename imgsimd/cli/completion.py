"""The command `completion`: prints what a shell needs to complete our words, and answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer._click import Command, Context, Parameter  # see `usage`

app = typer.Typer()

FILES = {
    "FILE": "files",
    "NAME|FILE": "files",
    "PATH": "files",
    "DIR": "folders",
    "OLD": "folders",
    "NEW": "folders",
    "PICTURE": "pictures",
    "W PICTURE": "pictures",
    "PHOTO": "pictures",
    "A": "pictures",
    "B": "pictures",
}
"""Which files are offered for an argument or an option that takes this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the last word can be."""

    kind: str
    """`words` and `paths` are those in `values`; `files`, `folders` and `pictures` the shell finds
    itself."""
    values: Sequence[tuple[str, str]] = ()
    """Each with a description, which may be empty."""


@app.command()
def completion(
    context: typer.Context,
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="Your shell.")
    ],
    words: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
) -> None:
    """Print what your shell needs to complete commands, options and folders with Tab.

    Put it where the shell looks for it, and open a new terminal:
    `~/.local/share/bash-completion/completions/imgsimctl`, for zsh `_imgsimctl` in a folder of
    `fpath`, or `~/.config/fish/completions/imgsimctl.fish`.

    Example: imgsimctl completion fish > ~/.config/fish/completions/imgsimctl.fish
    """
    if not words:
        print((Path(__file__).parent / f"shells/imgsimctl.{shell}").read_text(), end="")
        return
    root = context.find_root().command
    print(_for_bash(root, *words) if shell == "bash" else _printed(answer(root, words)), end="")


def answer(root: Command, words: Sequence[str]) -> Answer:
    """What the last of the words after `imgsimctl` can be; nothing if those before it are wrong."""
    from typer._click.exceptions import ClickException
    from typer._click.shell_completion import _resolve_context, _resolve_incomplete

    from imgsimd.errors import ImgsimdError

    *before, last = words
    try:
        context = _resolve_context(root, {}, "imgsimctl", before)
        found, text = _resolve_incomplete(context, before, last)
        return _of(context, found, text, last.removesuffix(text), before)
    except (ClickException, ImgsimdError, OSError, typer.Exit):
        return Answer("words")


def _of(
    context: Context, found: Command | Parameter, text: str, option: str, before: Sequence[str]
) -> Answer:
    """The answer for a command, or for an argument or option of one. `option` is `--name=` where
    the value `text` follows it in one word."""
    from imgsimd.cli import help_topic

    items = [
        (f"{option}{each.value}", each.help or "") for each in found.shell_complete(context, text)
    ]
    if isinstance(found, Command):
        texts = help_topic.briefs(found, context)
        options = [item for item in items if item[0] not in texts]
        return Answer(
            "words", [*(each for each in texts.items() if each[0] in dict(items)), *options]
        )
    kind = FILES.get((found.metavar or "").strip("[].<>"), "words")
    if found._custom_shell_complete is None:
        return Answer(kind, items)
    items = [(value, about) for value, about in items if value not in before]
    return Answer("words" if kind == "words" else "paths", items)


def _printed(found: Answer) -> str:
    """The kind on a line; then each value with its description behind a tab. A name that has a tab
    or a line break in it cannot be offered."""
    lines = [f"{value}\t{about}\n" for value, about in found.values if value.isprintable()]
    head = f"pictures\t{'|'.join(_endings())}" if found.kind == "pictures" else found.kind
    return "".join([f"{head}\n", *lines])


def _for_bash(root: Command, line: str, breaks: str) -> str:
    """The answer for a whole line. Each value is what readline puts in place of the part of the
    word that it regards as the word; pictures are listed here, since bash cannot choose files by
    several endings."""
    from imgsimd.cli import bash_line, candidates

    texts, start = bash_line.words(line, breaks)
    found = answer(root, texts[1:] or [""])
    if found.kind == "pictures":
        endings = tuple(f".{each}" for each in _endings())
        found = Answer("paths", [(each, "") for each in candidates.pictures(texts[-1], endings)])
    return _printed(Answer(found.kind, [(value[start:], "") for value, _ in found.values]))


def _endings() -> Sequence[str]:
    from imgsimd import extensions

    return extensions.DEFAULT
