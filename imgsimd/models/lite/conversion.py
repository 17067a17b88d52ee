"""Converts the networks of EfficientNet-Lite models to LiteRT, 8-bit inside, and compares them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from imgsimd.models.keras.conversion import Answers, Floats
from imgsimd.models.lite.models import LiteModel
from imgsimd.models.lite.network import network
from imgsimd.samples import drawing

CALIBRATION = 100
"""Pictures, which set the ranges of the 8-bit numbers. They are drawn, so that everyone can make
the same file: with 500 photos, a model finds as much (precision@10 .821 and .821)."""
SEED, OTHER_SEED = 7, 8
"""Of the pictures to calibrate with, and of those to compare with."""
COMPARED = 10
"""Pictures, one of each kind."""


def convert(model: LiteModel, file: Path) -> float:
    """Write the model as a `.tflite` file, which takes n pictures at once, for any n.

    Returns the mean cosine of its vectors to those of Keras, over drawn pictures. Raises
    WeightsMissingError, ModelError.
    """
    original = network(model)
    pictures = np.concatenate(list(drawn(model.size, COMPARED, OTHER_SEED)))
    answers = Answers(pictures, np.asarray(original(pictures, training=False)))
    file.write_bytes(_converted(original, model.size))
    return float(answers.cosines(file).mean())


def drawn(size: int, count: int, seed: int) -> Iterator[Floats]:
    """Pictures as the network takes them: [1, size, size, 3]."""
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        yield drawing.draw(number, rng, size, size)[None].astype(np.float32)


def _converted(original: Any, size: int) -> bytes:
    import tensorflow as tf

    signature = tf.TensorSpec((None, size, size, 3), tf.float32, "rgb")
    function = tf.function(partial(original, training=False), input_signature=[signature])
    # For a Keras model the converter writes a SavedModel first: the same network, 6 s more.
    traced = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([each] for each in drawn(size, CALIBRATION, SEED))
    converter.inference_input_type = tf.uint8  # pixels go in as they are: scale 1, zero point 0
    converter.exclude_conversion_metadata = True  # the same weights give the same bytes
    content: bytes = converter.convert()
    return content
