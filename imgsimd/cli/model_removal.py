"""The command `model remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from imgsimd.cli import candidates, render, standard_error
from imgsimd.cli.options import AsJson
from imgsimd.client import Client
from imgsimd.words import counted, of_bytes, printable

if TYPE_CHECKING:
    from imgsimd.client import ModelRemoval


def remove(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="One of `imgsimctl model list`.",
            autocompletion=candidates.models,
        ),
    ],
    only_vectors: Annotated[
        bool,
        typer.Option("--vectors", help="Only the stored vectors that are not in use."),
    ] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm", "--yes", help="Actually remove it (default: dry run).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a model that was added, and the vectors that are stored by it.

    Without --confirm, only say what space that gives back. The model in use is never removed.
    Example: imgsimctl model remove vgg16 --confirm
    """
    client = Client()
    found = client.remove_model(name, only_vectors)
    freed = _remove(client, name, only_vectors) if confirm else 0
    if as_json:
        render.as_json({**found.json, "freed_bytes": freed})
        return
    if confirm:
        print(f"Removed {_parts(name, found)}. {_given_back(found, freed)}")
    else:
        print(f"To remove: {_parts(name, found)}.")
        standard_error.note("Nothing removed yet. Add --confirm to do it.")


def _remove(client: Client, name: str, only_vectors: bool) -> int:
    """Removes all of it; returns by how many bytes the database has become smaller."""
    freed, after = 0, 0
    while True:
        done = client.remove_model(name, only_vectors, confirm=True, after=after)
        freed += done.freed_bytes
        if done.next is None:
            return freed
        after = done.next


def _parts(name: str, found: ModelRemoval) -> str:
    parts = []
    if found.file_bytes:
        parts.append(f"the file of {printable(name)} ({of_bytes(found.file_bytes)})")
    if found.vectors:
        by = "" if parts else f" by {printable(name)}"
        photos = counted(found.vectors, "photo")
        parts.append(f"the vectors of {photos}{by} ({of_bytes(found.vector_bytes)})")
    return " and ".join(parts)


def _given_back(found: ModelRemoval, freed: int) -> str:
    free, kept = found.file_bytes + freed, found.vector_bytes - freed
    sentences = [f"{of_bytes(free)} of the disk are free again."] if free else []
    if kept > 0:
        sentences.append(f"The database keeps {of_bytes(kept)} for what will be stored.")
    return " ".join(sentences)
