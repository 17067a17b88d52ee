"""The command `compare`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import ending, render
from imgsimd.cli.asking import Receiver
from imgsimd.cli.named_pictures import Named, each_named
from imgsimd.cli.options import AsJson, finite
from imgsimd.client import Client, Picture
from imgsimd.errors import BadPictureError, WorkerError

if TYPE_CHECKING:
    from imgsimd.client.comparisons import Comparison

app = typer.Typer()

SAME, DIFFERENT, ERROR = 0, 1, 2
"""Exit codes, as cmp(1) and grep(1) have them."""
NEAR = 0.33
"""With the default model, what is nearer is most likely a copy."""
_VERDICTS = {"same": "same", "probably": "probably the same", "no": "different"}


@app.command()
def compare(
    one: Annotated[str, typer.Argument(metavar="A", help="A picture file; - for standard input.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    max_distance: Annotated[
        float | None,
        typer.Option(
            min=0, callback=finite, metavar="D", help="Call them the same if within D (0 to 2)."
        ),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option("--verify/--no-verify", help="Compare only their vectors, not the pictures."),
    ] = True,
    as_json: AsJson = False,
) -> int:
    """Say whether two pictures show the very same photo. Exit code 0: same, 1: different, 2: error.

    Same means that the one was made from the other: cropped, turned, smaller, grey, recompressed.
    With --max-distance it means how alike they are; with --no-verify, within 0.33 if not given.

    Example: imgsimctl compare a.jpg b.jpg && echo same
    """
    ending.end_errors_with(ERROR)
    client = Client()
    receiver = Receiver(client)
    first, second = (_readable(receiver.received(n)) for n in each_named([one, other]))
    found = client.compare(first, second, verify)
    most = NEAR if max_distance is None and not verify else max_distance
    is_same = _is_same(found, most)
    if as_json:
        render.as_json(found.json)
    else:
        render.table(("property", "value"), list(_rows(found, most)))
    return SAME if is_same else DIFFERENT


def _readable(named: Named) -> Picture:
    if isinstance(named, BadPictureError):
        raise named
    return named


def _is_same(found: Comparison, most: float | None) -> bool:
    if most is not None:
        return found.distance <= most
    if found.verdict is None:
        raise WorkerError("These two pictures crash the program that compares them.")
    return found.verdict == "same"


def _rows(found: Comparison, most: float | None) -> Iterator[tuple[str, str]]:
    if found.verdict is not None:
        yield "verdict", _VERDICTS.get(found.verdict, found.verdict)
    if found.transform is not None:
        from imgsimd.client.copy_words import described

        yield "A is of B", described(found.transform)
    yield "similarity", f"{found.similarity:.1%}"
    yield "distance", f"{found.distance:.4f}"
    if most is not None:
        yield f"within {most:g}", "yes" if found.distance <= most else "no"
