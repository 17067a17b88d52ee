"""Makes a model of a network of Keras Applications: Keras -> LiteRT, proved against Keras.

    python -m imgsimd.models.keras.build NETWORK --into DIR --name NAME [--layer LAYER]
                                   [--weights FILE.h5] [--precision int8|float32]

A process of its own, which `imgsimctl model add` starts, because TensorFlow takes gigabytes. It
installs DIR/NAME.tflite and DIR/NAME.toml, as `models` reads them; what it says goes to standard
error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from imgsimd.child_end import exit_code
from imgsimd.errors import ModelError, WeightsMissingError
from imgsimd.models.install import Value, describe, refuse_taken, workspace
from imgsimd.models.keras import layers
from imgsimd.models.keras.conversion import AGREEMENT, Original, Precision, convert, export
from imgsimd.models.keras.library import import_keras, quiet, require_tensorflow
from imgsimd.models.keras.networks import NETWORKS, Network
from imgsimd.models.keras.weights import Weights
from imgsimd.models.proof import install_proven
from imgsimd.words import printable

Cut: TypeAlias = tuple[dict[str, Any], str]
"""With which options Keras makes a network, and the layer up to which it is used; empty: all."""


def build(
    network: Network,
    name: str,
    into: Path,
    layer: str,
    weights: Path | None,
    precision: Precision,
    terminal: TextIO,
) -> None:
    """Build a model called `name` and install it in folder `into`, in place of an earlier one if
    that is the network's own name.

    Its vectors are the output of `layer`; empty: of the network's own. `weights` is a Keras `.h5`
    file; without it the Keras cache is used, and filled by a download. Each step is a line on
    `terminal`. Raises WeightsMissingError where there are no weights, and ModelError where
    TensorFlow is not installed, where another name is taken, where there is no such layer, where
    the weights are not those of the network, where the model does not agree with Keras or where it
    cannot be written; `into` is then as it was.
    """
    require_tensorflow()
    if name != network.name:
        refuse_taken(name, into)
    if weights and not weights.is_file():
        raise WeightsMissingError(f"No such file: {weights}. --weights takes a Keras .h5 file.")
    source = Weights(weights, terminal)
    with workspace(into, name) as folder:
        print(f"Building {name} from Keras's {network.function} ...", file=terminal)
        answers = export(_original(network, layer, source), folder / "saved")
        made = convert(name, folder / "saved", answers, precision, terminal)
        dimension = answers.vectors.shape[1]
        model = describe(made, _values(network, layer, source, precision, dimension))
        install_proven(model, into, terminal)


def _values(
    network: Network, layer: str, weights: Weights, precision: Precision, dimension: int
) -> dict[str, Value]:
    """What the description says."""
    trained = " trained on ImageNet" if weights.are_official else ""
    layer = layer or network.layer
    output = f"cut after layer {printable(layer)}" if layer else "last convolution averaged"
    return {
        "description": f"{network.function}{trained}, from Keras Applications, {output}",
        "dimension": dimension,
        "size": network.size,
        "resize": "linear",  # these networks' recipe resizes as OpenCV does by default
        "precision": precision,
        "weights": weights.text,
    }


def _original(network: Network, layer: str, weights: Weights) -> Original:
    """The Keras network with its weights: the first of the ways to make it that they fit."""
    layer = layer or network.layer
    ways = _ways_to(network, layer) if layer else _averaged(network)
    preprocess = getattr(import_keras().applications, network.module).preprocess_input
    fault: ModelError | None = None
    for options, path in ways:
        try:
            whole = _with_weights(network, options, weights)
        except ModelError as error:
            if weights.are_official:
                raise
            fault = fault or error
        else:
            cut = layers.up_to(whole, path) if path else whole
            return Original(cut, preprocess, network.size, weights.text)
    assert fault
    raise fault


def _averaged(network: Network) -> Iterator[Cut]:
    """As Keras itself averages it, for weights without those of the classifier; then for all."""
    averaged: dict[str, Any] = {"include_top": False, "pooling": "avg"}
    yield averaged, ""
    *_, before, last = _made(network, averaged, None).layers
    is_average = isinstance(last, import_keras().layers.GlobalAveragePooling2D)
    if not is_average:  # ConvNeXt has a normalisation behind it, before its classifier
        *_, before, _ = _made(network, {}, None).layers
    yield {}, before.name


def _ways_to(network: Network, layer: str) -> Iterator[Cut]:
    """With and without the classifier; only with it, if the layer belongs to it. Raises ModelError
    where there is no such layer."""
    bare: dict[str, Any] = {"include_top": False}
    if layer != network.layer:
        if layers.has(_made(network, bare, None), layer):
            yield bare, layer
        else:
            layers.require(_made(network, {}, None), layer)
    yield {}, layer


def _with_weights(network: Network, options: dict[str, Any], weights: Weights) -> Any:
    """The Keras network. Raises ModelError where the weights do not fit."""
    try:
        with weights.answering():
            return _made(network, options, "imagenet")
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{printable(weights.text)} does not hold the weights of {network.function}: it is "
            f"damaged, or of another network. The right file is {weights.address}."
        ) from error


def _made(network: Network, options: dict[str, Any], weights: str | None) -> Any:
    """The Keras network; its layers are called the same each time."""
    keras = import_keras()
    keras.utils.clear_session()
    shape = {} if options.get("include_top", True) else {"input_shape": (network.size,) * 2 + (3,)}
    return getattr(keras.applications, network.function)(weights=weights, **options, **shape)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and install; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.keras.build")
    parser.add_argument("network", choices=list(NETWORKS), metavar="NETWORK")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--name", required=True, metavar="NAME", help="of the model")
    parser.add_argument("--layer", default="", metavar="LAYER")
    parser.add_argument("--weights", type=Path, metavar="FILE.h5")
    parser.add_argument("--precision", choices=list(AGREEMENT), default="int8")
    given = parser.parse_args(arguments)
    with quiet() as terminal:
        return exit_code(
            lambda: build(
                NETWORKS[given.network],
                given.name,
                given.into,
                given.layer,
                given.weights,
                given.precision,
                terminal,
            ),
            terminal,
        )


if __name__ == "__main__":
    sys.exit(main())
