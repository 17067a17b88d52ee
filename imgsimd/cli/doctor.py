"""The command that looks for what is wrong: doctor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import typer

from imgsimd.cli import render
from imgsimd.cli.cells import Words
from imgsimd.cli.options import AsJson
from imgsimd.doctor import examination
from imgsimd.doctor.result import Result
from imgsimd.errors import UnhealthyError

app = typer.Typer()

_STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red"}


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this installation and this machine, and say how to mend what is wrong.

    Works whether imgsimd runs or not, and changes nothing. The exit code is 16 where a check fails.
    Example: imgsimctl doctor
    """
    results = examination.examine()
    if as_json:
        render.as_json(examination.document(results))
    else:
        render.rows([row for result in results for row in _rows(result)])
        render.sentence(examination.summary(results))
    if examination.counts(results)["failed"]:
        raise typer.Exit(UnhealthyError.exit_code)


def _rows(result: Result) -> Iterator[Sequence[object]]:
    """What was found and, below it, the command that mends it."""
    yield Words(result.result, _STYLES[result.result]), result.name, Words(result.sentence)
    if result.remedy:
        yield "", "to mend it:", Words(result.remedy, "bold", breaks=False)
