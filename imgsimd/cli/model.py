"""Commands about models: list, add, use, evaluate, remove, presets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imgsimd.cli import (
    candidates,
    model_adding,
    model_evaluation,
    model_presets,
    model_removal,
    render,
    usage,
)
from imgsimd.cli.options import AsJson
from imgsimd.cli.running_daemon import reloading_after_error
from imgsimd.client import Client
from imgsimd.errors import UnknownModelError
from imgsimd.words import of_bytes

app = typer.Typer(
    cls=usage.Commands,
    no_args_is_help=True,
    help="Manage the models that compare pictures.",
    epilog=usage.first(
        "imgsimctl model list", "imgsimctl model add vgg16", "imgsimctl model use vgg16"
    ),
)


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the models: name, dimension, size, which one is in use, how many photos have a vector
    by it, what these take on the disk, and where the weights are.

    Example: imgsimctl model list
    """
    models = Client().models()
    if as_json:
        render.as_json([model.json for model in models])
        return
    rows = [
        (
            "*" if m.in_use else "",
            m.name,
            str(m.dimension),
            of_bytes(m.bytes) if m.installed else "",
            f"{m.vectors:,}",
            of_bytes(m.vector_bytes),
            m.precision,
            m.weights if m.installed else "removed; only its vectors are left",
        )
        for m in models
    ]
    titles = ("in use", "name", "dimension", "size", "photos", "vectors", "precision", "weights")
    render.table(titles, rows)


app.command()(model_adding.add)


@app.command()
def use(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="One of `imgsimctl model list`.",
            autocompletion=candidates.models,
        ),
    ],
) -> None:
    """Switch to another model, in the background.

    Searches use the old model until it's done. Going back costs nothing.
    Example: imgsimctl model use vgg16
    """
    from imgsimd.cli import config_file

    client = Client()
    running = client.status()
    known = [model.name for model in client.models() if model.installed]
    if name not in known:
        raise UnknownModelError(name, known)
    with reloading_after_error(client), config_file.setting_model(Path(running.config), name):
        client.reload()
    if client.status().next_model:
        render.sentence(
            f"Switching to {name} in the background; searches use the old model until it's done."
        )
    else:
        print(f"Searches use {name}.")


app.command()(model_evaluation.evaluate)
app.command()(model_removal.remove)
app.command()(model_presets.presets)
