"""Builds a model from a network of Keras Applications: Keras -> LiteRT, proved against Keras.

    python -m imgsimd.models.build NETWORK --into DIR [--name NAME] [--weights FILE.h5]
                                   [--precision int8|float32]

A process of its own, which `imgsimctl model add` starts, because TensorFlow takes gigabytes. It
installs DIR/NAME.tflite and DIR/NAME.toml, as `models` reads them; what it says goes to standard
error.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import os
import re
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TextIO, TypeAlias

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from imgsimd.child_end import exit_code
from imgsimd.errors import ModelError, WeightsMissingError
from imgsimd.installed import adding
from imgsimd.models.install import describe, install, workspace
from imgsimd.models.networks import NETWORKS, Network
from imgsimd.models.proof import prove
from imgsimd.samples import drawing
from imgsimd.words import printable

Precision: TypeAlias = Literal["int8", "float32"]
Floats: TypeAlias = NDArray[np.float32]

AGREEMENT: dict[Precision, float] = {"int8": 0.98, "float32": 0.9999}
"""Least cosine of a model's answer to that of Keras; VGG16 (seeded weights): 0.9994, 1.0000.

8 bits get some room, since real weights may suffer more: only a conversion that went wrong is to be
refused here. The cosine is printed, and float32 is there for those who want more."""
SAMPLES = 5
"""Pictures, each of another kind, on which a model is proved."""
DOWNLOAD_SILENCE_SECONDS = 30.0
"""Seconds of silence after which a download has failed."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What Keras says of some pictures."""

    pictures: Floats
    """RGB, 0 to 255, [n, size, size, 3]."""
    vectors: Floats
    """[n, dimension]."""

    def agreement(self, file: Path) -> float:
        """The least cosine, over the pictures, of what the `.tflite` file says to these vectors."""
        model = Interpreter(str(file), num_threads=os.cpu_count())
        entry = model.get_input_details()[0]["index"]
        model.resize_tensor_input(entry, self.pictures.shape)
        model.allocate_tensors()
        model.set_tensor(entry, self.pictures)
        model.invoke()
        answers = model.get_tensor(model.get_output_details()[0]["index"])
        lengths = np.linalg.norm(answers, axis=1) * np.linalg.norm(self.vectors, axis=1)
        return float(np.min(np.sum(answers * self.vectors, axis=1) / lengths))


def build(
    known: str, name: str, into: Path, weights: Path | None, precision: Precision, terminal: TextIO
) -> None:
    """Build a model called `name` of a known network and install it in folder `into`, in place of
    an earlier one.

    `weights` is a Keras `.h5` file; without it the Keras cache is used, and filled by a download.
    Each step is a line on `terminal`. Raises WeightsMissingError where there are no weights, and
    ModelError where TensorFlow is not installed, where the weights are not those of the network,
    where the model does not agree with Keras or where it cannot be written; `into` is then as it
    was.
    """
    if known not in NETWORKS:
        raise ModelError(f"Unknown model '{printable(known)}'. Available: {', '.join(NETWORKS)}.")
    network = NETWORKS[known]
    _require_tensorflow()
    file = _given(weights) if weights else _official(network, terminal)
    with workspace(into, name) as folder:
        print(f"Building {name} from {printable(str(file))} ...", file=terminal)
        answers = _export(network, file, folder / "saved")
        print(f"Converting to {precision}, half a minute, 4 GB of memory ...", file=terminal)
        made = folder / f"{name}.tflite"
        made.write_bytes(_convert(folder / "saved", precision))
        cosine = answers.agreement(made)
        print(f"Checking against Keras: cosine {cosine:.6f} ...", file=terminal)
        if not cosine >= AGREEMENT[precision]:
            raise ModelError(
                f"{name} was not installed, because after conversion it does not agree with Keras "
                f"(cosine {cosine:.4f}, needed {AGREEMENT[precision]}): please report this."
            )
        model = describe(made, _values(network, precision, weights))
        print(prove(model), file=terminal)
        install(model, into)
    print(f"Installed {printable(str(into / made.name))}.", file=terminal)


def _require_tensorflow() -> None:
    """Raises ModelError where it is not installed. Nothing but building a model needs it."""
    if not (find_spec("tensorflow") and find_spec("keras")):
        raise ModelError(
            f"Building a model needs TensorFlow, which is not installed: `{adding('tensorflow')}` "
            "(0.6 GB to download, 2.1 GB on the disk), then try again. Models that are there work "
            "without it."
        )


def _given(weights: Path) -> Path:
    if not weights.is_file():
        raise WeightsMissingError(f"No such file: {weights}. --weights takes a Keras .h5 file.")
    return weights


def _official(network: Network, terminal: TextIO) -> Path:
    """The weights that Keras itself would load. Raises WeightsMissingError."""
    keras = import_keras()
    folder = Path(os.environ.get("KERAS_HOME") or "~/.keras") / "models"
    place = printable(str(folder))
    print(f"Looking for {network.weights} in {place}, or downloading it ...", file=terminal)
    socket.setdefaulttimeout(DOWNLOAD_SILENCE_SECONDS)
    if not terminal.isatty():
        keras.config.disable_interactive_logging()  # its progress bar would be thousands of lines
    try:
        with contextlib.redirect_stdout(terminal):
            found: str = keras.utils.get_file(
                network.weights, network.address, file_hash=network.md5, cache_subdir="models"
            )
    except Exception as error:  # Keras raises just that when it cannot download
        reason = re.sub(r"\[Errno -?\d+\] ", "", str(error).rsplit(" -- ", 1)[-1])
        raise WeightsMissingError(
            f"{network.weights} is needed once and cannot be downloaded ({reason}): get it from "
            f"{network.address} on any machine, then put it into {folder} or name it with "
            "`imgsimctl model add --weights FILE`."
        ) from error
    return Path(found)


def import_keras() -> Any:
    """Keras as it is by default, whatever the user's own keras.json says. Takes 3 seconds."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a minute's work, not worth a GPU's own limits
    import keras

    keras.config.set_image_data_format("channels_last")
    return keras


def _export(network: Network, weights: Path, folder: Path) -> Answers:
    """Write the network with its preprocessing as a SavedModel, and say what Keras makes of it."""
    keras = import_keras()
    import tensorflow as tf

    preprocess = getattr(keras.applications, network.module).preprocess_input
    cut = _load(network, weights)
    rgb = keras.Input((network.size, network.size, 3), name="rgb")
    model = keras.Model(rgb, cut(preprocess(rgb)))
    module = tf.Module()  # Keras's own export writes each weight twice
    module.weights = [weight.value for weight in cut.weights]
    signature = tf.TensorSpec((None, network.size, network.size, 3), tf.float32, "rgb")
    module.serve = tf.function(partial(model, training=False), input_signature=[signature])
    try:
        tf.saved_model.save(module, str(folder), signatures=module.serve.get_concrete_function())
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    pictures = _pictures(network.size)
    vectors = np.asarray(cut(preprocess(pictures.copy()), training=False))
    if not (np.isfinite(vectors).all() and vectors.any(axis=1).all()):
        raise ModelError(f"The weights in {weights} are damaged: no picture gets a usable vector.")
    return Answers(pictures, vectors)


def _load(network: Network, weights: Path) -> Any:
    """The Keras network up to its layer. Raises ModelError where the weights do not fit."""
    keras = import_keras()
    make = getattr(getattr(keras.applications, network.module), network.function)
    try:
        whole = make(weights=str(weights))
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"{weights} does not hold the weights of {network.function}: it is damaged, or of "
            f"another network. The right file is {network.address}."
        ) from error
    return keras.Model(whole.inputs, whole.get_layer(network.layer).output)


def _pictures(size: int) -> Floats:
    """Drawn, the same every time."""
    rng = np.random.default_rng(0)
    drawn = [drawing.draw(kind, rng, size, size) for kind in range(SAMPLES)]
    return np.stack(drawn).astype(np.float32)


def _convert(saved: Path, precision: Precision) -> bytes:
    """The content of a `.tflite` file; n pictures at once, for any n."""
    import tensorflow as tf

    gc.collect()  # the Keras network, which refers to itself: a gigabyte
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.exclude_conversion_metadata = True  # the same weights give the same bytes
    if precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content: bytes = converter.convert()
    return content


def _values(network: Network, precision: Precision, weights: Path | None) -> dict[str, str | int]:
    """What the description says. These networks' recipe resizes as OpenCV does by default."""
    given = weights and os.fsencode(weights.absolute()).decode(errors="backslashreplace")
    return {
        "description": network.description,
        "dimension": network.dimension,
        "size": network.size,
        "resize": "linear",
        "precision": precision,
        "weights": given or network.address,
    }


@contextlib.contextmanager
def quiet() -> Iterator[TextIO]:
    """Nothing is seen of what TensorFlow prints; yields the real standard error.

    Its C++ parts write to the descriptors, some lines before they read any setting of theirs.
    """
    real = {number: os.dup(number) for number in (1, 2)}
    with open(os.devnull, "w") as nothing:
        for number in real:
            os.dup2(nothing.fileno(), number)
    try:
        with open(os.dup(real[2]), "w", buffering=1, errors="backslashreplace") as terminal:
            yield terminal
    finally:
        for number, descriptor in real.items():
            os.dup2(descriptor, number)
            os.close(descriptor)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and install; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.build")
    parser.add_argument("network", metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--name", metavar="NAME", help="of the model; by default the network's")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    parser.add_argument("--weights", type=Path, metavar="FILE.h5")
    parser.add_argument("--precision", choices=list(AGREEMENT), default="int8")
    given = parser.parse_args(arguments)
    with quiet() as terminal:
        return exit_code(
            lambda: build(
                given.network,
                given.name or given.network,
                given.into,
                given.weights,
                given.precision,
                terminal,
            ),
            terminal,
        )


if __name__ == "__main__":
    sys.exit(main())
