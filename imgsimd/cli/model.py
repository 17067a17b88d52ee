"""Commands about models: list, add, use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from imgsimd import locations
from imgsimd.cli import candidates, render, separate_process, usage
from imgsimd.cli.options import AsJson
from imgsimd.cli.running_daemon import reloading_after_error, status_if_running
from imgsimd.client import Client, user_paths
from imgsimd.errors import ModelError, WeightsMissingError
from imgsimd.words import of_bytes, printable

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
    """List the models: name, dimension, size, where the weights are, and which one is in use.

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
            of_bytes(m.bytes),
            m.precision,
            m.weights,
        )
        for m in models
    ]
    render.table(("in use", "name", "dimension", "size", "precision", "weights"), rows)


@app.command()
def add(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="What to build: vgg16.",
            autocompletion=candidates.models_to_build,
        ),
    ],
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="A local Keras .h5 file with the weights.")
    ] = None,
    precision: Annotated[
        Literal["int8", "float32"],
        typer.Option(help="int8: small and fast; float32: as faithful as it gets."),
    ] = "int8",
) -> None:
    """Build a model from published weights and check it against Keras. Takes about a minute.

    Example: imgsimctl model add vgg16
    """
    file = None if weights is None else _weights(weights)
    running = status_if_running(Client())
    state = Path(running.state_dir) if running else locations.find().state
    options = ["--into", str(state / "models"), "--precision", precision]
    options += [f"--weights={file}"] if file else []
    separate_process.run("imgsimd.models.build", *options, "--", name)
    print(f"Use it: imgsimctl model use {name}")


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
    known = [model.name for model in client.models()]
    if name not in known:
        raise ModelError(
            f"Unknown model '{name}'. Available: {', '.join(known)}. "
            "To build another: imgsimctl model add vgg16"
        )
    with reloading_after_error(client), config_file.setting_model(Path(running.config), name):
        client.reload()
    if client.status().next_model:
        render.sentence(
            f"Switching to {name} in the background; searches use the old model until it's done."
        )
    else:
        print(f"Searches use {name}.")


def _weights(text: str) -> str:
    """The path of the file. Raises WeightsMissingError if there is none."""
    path = user_paths.path(text)
    if not os.path.isfile(path):
        raise WeightsMissingError(
            f"No such file: {printable(text) or 'an empty name'}. --weights takes a Keras .h5 file."
        )
    return path
