"""The command `model add`."""

from __future__ import annotations

import os
from typing import Annotated, Literal

import typer

from imgsimd.cli import candidates, separate_process
from imgsimd.cli.running_daemon import models_folder, status_if_running
from imgsimd.client import Client, user_paths
from imgsimd.errors import ModelError, WeightsMissingError
from imgsimd.models import makers, names
from imgsimd.words import printable


def add(
    given: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="efficientnet-lite0+lite2; a network of Keras Applications, such as resnet50; or "
            "a .keras, .h5, .tflite or .onnx file.",
            autocompletion=candidates.models_to_add,
        ),
    ],
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="LAYER",
            help="The layer that gives the vector, averaged if it has height and width.",
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="A local Keras .h5 file with the weights.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Side in pixels of what a network sees that takes pictures of any size.",
        ),
    ] = None,
    precision: Annotated[
        Literal["int8", "float32"] | None,
        typer.Option(help="int8 (the default): small and fast; float32: as faithful as it gets."),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET",
            help="What an .onnx file is: one of `imgsimctl model presets`.",
            autocompletion=candidates.presets,
        ),
    ] = None,
    called: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="What the model is called."),
    ] = None,
) -> None:
    """Build a model from published weights, in about a minute, or take a network from a file.

    A .keras or .h5 file needs a --layer. A .tflite or .onnx file needs a preset, or a TOML file
    beside it that says how pictures are prepared for it; if there is none, one is printed that you
    can complete. Each network is tried before it is installed.
    Example: imgsimctl model add vgg16
    """
    maker = makers.of(given)
    options = {
        "--layer": layer,
        "--weights": None if weights is None else _weights(weights),
        "--size": size,
        "--precision": precision,
        "--preset": preset,
    }
    chosen = {option: value for option, value in options.items() if value is not None}
    for option in chosen:
        if option not in maker.options:
            raise typer.BadParameter(f"{option} does not go with {printable(given)}.")
    name = names.chosen(given, called)
    source = _file(given) if makers.is_file(given) else given
    separate_process.run(
        maker.module,
        *(f"{option}={value}" for option, value in chosen.items()),
        f"--into={models_folder(status_if_running(Client()))}",
        f"--name={name}",
        "--",
        source,
    )
    print(f"Use it: imgsimctl model use {name}")


def _file(text: str) -> str:
    """The absolute path of the file. Raises ModelError if there is none."""
    path = user_paths.path(text)
    if not os.path.exists(path):
        raise ModelError(f"No such file: {printable(text)}.")
    return os.path.abspath(path)


def _weights(text: str) -> str:
    """The path of the file. Raises WeightsMissingError if there is none."""
    path = user_paths.path(text)
    if not os.path.isfile(path):
        raise WeightsMissingError(
            f"No such file: {printable(text) or 'an empty name'}. --weights takes a Keras .h5 file."
        )
    return path
