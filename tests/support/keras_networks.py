"""Networks of Keras with seeded weights, in the files that users have; and what plain Keras says.

    python -m tests.support.keras_networks make FOLDER
    python -m tests.support.keras_networks refuse FOLDER FILE LAYER ...

The first writes the files, and for each network what it says of drawn pictures. The second asks
imgsimd to convert files that it cannot use, and prints its sentences as JSON: one process for all,
because TensorFlow takes seconds to load.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgsimd.errors import ModelError
from imgsimd.models.keras.library import import_keras
from imgsimd.samples import drawing
from tests.support.patience import LONG_DEADLINE
from tests.support.seeded_vgg16 import once

Floats = NDArray[np.float32]

SIDE, PICTURES = 64, 6


def files(shared: Path) -> Path:
    """A folder of networks in the files of Keras, and `answers.npz`."""

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "tests.support.keras_networks", "make", str(folder)]
        subprocess.run(command, check=True, capture_output=True, timeout=LONG_DEADLINE)

    return once(shared / "keras", make)


def pictures(size: int) -> Floats:
    """Drawn, other ones than those that a build compares with; [n, size, size, 3], 0 to 255."""
    rng = np.random.default_rng(5)
    drawn = [drawing.draw(kind, rng, size, size) for kind in range(3, 3 + PICTURES)]
    return np.stack(drawn).astype(np.float32)


class Maker:
    """Writes networks into a folder, and remembers what they say."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keras = import_keras()
        self._layers = self._keras.layers
        self._answers: dict[str, Floats] = {}

    def make(self) -> None:
        self._keras.utils.set_random_seed(3)
        self._usable()
        self._unusable()
        self._applications()
        np.savez(self._folder / "answers.npz", **self._answers)  # type: ignore[arg-type]  # keys

    def _usable(self) -> None:
        layers, plain = self._layers, self._network()
        for end in ("keras", "h5"):
            plain.save(self._folder / f"plain.{end}")
        self._remember("plain", self._averaged(plain, "c2"), pictures(SIDE))
        self._keras.mixed_precision.set_global_policy("mixed_float16")
        free = self._network((None, None, 3))
        self._save("free", free)
        self._remember("free", self._averaged(free, "c2"), pictures(96))
        self._keras.mixed_precision.set_global_policy("float32")
        inner = self._network((None, None, 3))
        inner.name = "base"
        nested = self._keras.Sequential(
            [
                self._keras.Input((SIDE, SIDE, 3)),
                layers.Rescaling(1 / 255),
                inner,
                layers.GlobalAveragePooling2D(),
                layers.Dense(7),
            ]
        )
        self._save("nested", nested)
        self._remember("nested", self._averaged(inner, "c1"), pictures(SIDE) / 255)

    def _unusable(self) -> None:
        layers, keras = self._layers, self._keras

        class Mine(layers.Layer):  # type: ignore[misc, name-defined]  # Keras has no types
            def call(self, x: Any) -> Any:
                return x

        self._save("oblong", self._network((SIDE, SIDE // 2, 3)))
        self._save("grey", self._network((SIDE, SIDE, 1)))
        entry = keras.Input((10,))
        self._save("numbers", keras.Model(entry, layers.Dense(3)(entry)))
        both = [keras.Input((SIDE, SIDE, 3)), keras.Input((SIDE, SIDE, 3))]
        self._save("two", keras.Model(both, layers.Add()(both)))
        self._save("zero", self._network(last=layers.Rescaling(0.0, name="last")))
        self._save("constant", self._network(last=layers.Rescaling(0.0, 1.0, name="last")))
        self._network(last=Mine()).save(self._folder / "custom.h5")
        self._alter("unfitting", "3.15.0", filters=9)
        self._alter("older", "2.12.0\x1b[1m", frobs=1)

    def _applications(self) -> None:
        """Of EfficientNet, what Keras adds to the preprocessing for the official weights is done
        to the pictures here (IMAGENET_STDDEV_RGB in its source)."""
        apps = self._keras.applications
        mobile = apps.MobileNetV2(weights=None)
        mobile.save(self._folder / "mobilenetv2.h5")
        inputs = apps.mobilenet_v2.preprocess_input(pictures(224))
        self._remember("mobilenetv2", self._averaged(mobile, "out_relu"), inputs)
        shape = (224, 224, 3)
        efficient = apps.EfficientNetB0(
            weights=None, include_top=False, input_shape=shape, pooling="avg"
        )
        efficient.save(self._folder / "efficientnetb0.h5")
        self._remember("efficientnetb0", efficient, pictures(224) / np.sqrt([0.229, 0.224, 0.225]))

    def _network(self, shape: tuple[int | None, ...] = (SIDE, SIDE, 3), last: Any = None) -> Any:
        entry = self._keras.Input(shape)
        x = self._layers.Conv2D(8, 3, strides=2, activation="relu", name="c1")(entry)
        x = self._layers.Conv2D(16, 3, strides=2, activation="relu", name="c2")(x)
        return self._keras.Model(entry, last(x) if last else x)

    def _averaged(self, network: Any, layer: str) -> Callable[..., Any]:
        cut = self._keras.Model(network.inputs, network.get_layer(layer).output)
        return lambda inputs, training: np.mean(cut(inputs, training=training), axis=(1, 2))

    def _save(self, name: str, network: Any) -> None:
        network.save(self._folder / f"{name}.keras")

    def _alter(self, name: str, version: str, **options: int) -> None:
        """Another `plain.keras`, whose last layer has these options."""
        with (
            zipfile.ZipFile(self._folder / "plain.keras") as plain,
            zipfile.ZipFile(self._folder / f"{name}.keras", "w") as altered,
        ):
            config = json.loads(plain.read("config.json"))
            config["config"]["layers"][-1]["config"] |= options
            altered.writestr("config.json", json.dumps(config))
            altered.writestr("metadata.json", json.dumps({"keras_version": version}))
            altered.writestr("model.weights.h5", plain.read("model.weights.h5"))

    def _remember(self, name: str, network: Callable[..., Any], inputs: NDArray[Any]) -> None:
        answer = network(inputs.astype(np.float32), training=False)
        self._answers[name] = np.asarray(answer, np.float32)


def sentences(folder: Path, asked: list[tuple[str, str]]) -> dict[str, str]:
    """What is said of each file that is asked for up to a layer."""
    from imgsimd.models.keras import convert_file

    found = {}
    for file, layer in asked:
        given = argparse.Namespace(
            folder=folder, file=file, source=file, layer=layer,
            size=None, precision="int8", scaled=False,
        )  # fmt: skip
        try:
            convert_file.run(given, StringIO())
        except ModelError as error:
            found[f"{file} {layer}"] = str(error)
    return found


def main(task: str, folder: str, *asked: str) -> None:
    if task == "make":
        Maker(Path(folder)).make()
    else:
        pairs = list(zip(asked[::2], asked[1::2], strict=True))
        print(json.dumps(sentences(Path(folder), pairs)))


if __name__ == "__main__":
    main(*sys.argv[1:])
