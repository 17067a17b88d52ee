"""How the answers of `imgsimctl similar` are printed: as a table, as paths, or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from imgsimd.cli import render
from imgsimd.cli.asking import Answered


@dataclass(frozen=True, slots=True)
class Form:
    """The form that the user chose; a table if none."""

    as_json: bool = False
    as_paths: bool = False
    nul: bool = False
    """Whether a NUL ends each path, and not a line feed."""

    @property
    def is_table(self) -> bool:
        return not (self.as_json or self.as_paths)


def show(answers: Sequence[Answered], form: Form) -> None:
    """Prints the answers on standard output."""
    for answered in answers:
        if form.as_json:
            render.as_json(_json(answered))
        elif form.as_paths:
            render.paths((match.path for match in answered.result.matches), form.nul)
        else:
            render.matches(answered.result.matches)


def _json(answered: Answered) -> dict[str, object]:
    result = answered.result
    names = [picture.name for picture in answered.pictures]
    return {"model": result.model, "queries": names, "matches": result.json["matches"]}
