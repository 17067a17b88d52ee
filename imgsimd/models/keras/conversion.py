"""Converts a Keras network to LiteRT, and proves the result against Keras."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TextIO, TypeAlias

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from imgsimd.errors import ModelError
from imgsimd.models.keras.library import import_keras
from imgsimd.samples import drawing

Precision: TypeAlias = Literal["int8", "float32"]
Floats: TypeAlias = NDArray[np.float32]

AGREEMENT: dict[Precision, float] = {"int8": 0.98, "float32": 0.9999}
"""Least cosine of a model's answer to that of Keras; VGG16 (seeded weights): 0.9994, 1.0000.

8 bits get some room, since real weights may suffer more: only a conversion that went wrong is to be
refused here. The cosine is printed, and float32 is there for those who want more."""
SAMPLES = 5
"""Pictures, each of another kind, on which a model is proved."""


@dataclass(frozen=True, slots=True)
class Original:
    """A Keras network that a model is made of."""

    network: Any
    """From pictures [n, size, size, 3] to vectors [n, dimension]."""
    preprocess: Callable[[Any], Any]
    """From RGB, 0 to 255, to what the network takes; of tensors and of arrays."""
    size: int
    weights: str
    """Where they come from, for people."""
    is_scaled: bool = False
    """Whether it takes numbers from about -1 to 1, made of pixels by whoever runs it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What Keras says of some pictures."""

    pictures: Floats
    """As the model takes them: RGB, 0 to 255 or scaled, [n, size, size, 3]."""
    vectors: Floats
    """[n, dimension]."""

    def agreement(self, file: Path) -> float:
        """The least cosine, over the pictures, of what the `.tflite` file says to these vectors."""
        return float(np.min(self.cosines(file)))

    def cosines(self, file: Path) -> Floats:
        """Of what the `.tflite` file says of each picture to these vectors."""
        model = Interpreter(str(file), num_threads=os.cpu_count())
        entry = model.get_input_details()[0]
        model.resize_tensor_input(entry["index"], self.pictures.shape)
        model.allocate_tensors()
        model.set_tensor(entry["index"], self.pictures.astype(entry["dtype"]))
        model.invoke()
        answers = model.get_tensor(model.get_output_details()[0]["index"])
        lengths = np.linalg.norm(answers, axis=1) * np.linalg.norm(self.vectors, axis=1)
        return np.asarray(np.sum(answers * self.vectors, axis=1) / lengths)


def export(original: Original, folder: Path) -> Answers:
    """Write the network with its preprocessing as a SavedModel, and say what Keras makes of it.

    Raises OSError with ENOSPC if the disk is full, and ModelError if the network has no usable
    vector for a picture.
    """
    keras = import_keras()
    import tensorflow as tf

    shape = (original.size, original.size, 3)
    rgb = keras.Input(shape, name="rgb")
    model = keras.Model(rgb, original.network(original.preprocess(rgb)))
    module = tf.Module()  # Keras's own export writes each weight twice
    module.weights = [weight.value for weight in original.network.weights]
    signature = tf.TensorSpec((None, *shape), tf.float32, "rgb")
    module.serve = tf.function(partial(model, training=False), input_signature=[signature])
    try:
        tf.saved_model.save(module, str(folder), signatures=module.serve.get_concrete_function())
    except tf.errors.ResourceExhaustedError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
    pictures = _pictures(original.size)
    if original.is_scaled:
        pictures = pictures / np.float32(127.5) - 1
    inputs = original.preprocess(pictures.copy())
    vectors = np.asarray(original.network(inputs, training=False))
    if not (np.isfinite(vectors).all() and vectors.any(axis=1).all()):
        raise ModelError(
            f"With the weights in {original.weights}, no picture gets a usable vector: its numbers "
            "are all zero, or not finite. They are damaged, or another layer is needed."
        )
    return Answers(pictures, vectors)


def convert(
    name: str, saved: Path, answers: Answers, precision: Precision, terminal: TextIO
) -> Path:
    """The model called `name` as a `.tflite` file beside the SavedModel, which says what Keras
    does.

    Each step is a line on `terminal`. Raises ModelError where it cannot be converted, or does not
    agree with Keras.
    """
    print(f"Converting to {precision}; the largest take a minute, 4 GB ...", file=terminal)
    made = saved.with_name(f"{name}.tflite")
    made.write_bytes(_converted(saved, precision))
    check_agreement(name, answers.agreement(made), precision, terminal)
    return made


def check_agreement(name: str, cosine: float, precision: Precision, terminal: TextIO) -> None:
    """Raises ModelError if a converted model, whose answers have this cosine to those of Keras, is
    too far from it."""
    print(f"Checking against Keras: cosine {cosine:.6f} ...", file=terminal)
    if not cosine >= AGREEMENT[precision]:
        raise ModelError(
            f"{name} was not installed, because after conversion it does not agree with Keras "
            f"(cosine {cosine:.4f}, needed {AGREEMENT[precision]}): please report this."
        )


def _pictures(size: int) -> Floats:
    """Drawn, the same every time."""
    rng = np.random.default_rng(0)
    drawn = [drawing.draw(kind, rng, size, size) for kind in range(SAMPLES)]
    return np.stack(drawn).astype(np.float32)


def _converted(saved: Path, precision: Precision) -> bytes:
    """The content of a `.tflite` file; n pictures at once, for any n."""
    import tensorflow as tf

    gc.collect()  # the Keras network, which refers to itself: a gigabyte
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.exclude_conversion_metadata = True  # the same weights give the same bytes
    if precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    content: bytes = converter.convert()
    return content
