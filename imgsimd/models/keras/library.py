"""Keras and TensorFlow: whether they are there, how they are loaded and kept quiet."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, TextIO

from imgsimd.errors import ModelError
from imgsimd.installed import adding


def require_tensorflow() -> None:
    """Raises ModelError where it is not installed. Nothing but building a model needs it."""
    if not (find_spec("tensorflow") and find_spec("keras")):
        raise ModelError(
            f"Building a model needs TensorFlow, which is not installed: `{adding('tensorflow')}` "
            "(0.6 GB to download, 2.1 GB on the disk), then try again. Models that are there work "
            "without it."
        )


def import_keras() -> Any:
    """Keras as it is by default, whatever the user's own keras.json says. Takes 3 seconds."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a minute's work, not worth a GPU's own limits
    import keras

    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    return keras


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
