"""The whole network of an EfficientNet-Lite model: how the features of cells become a vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgsimd.models.keras.library import import_keras
from imgsimd.models.lite.efficientnet import Layers, loaded, published
from imgsimd.models.lite.models import LiteModel
from imgsimd.models.lite.pytorch_file import Tensors

CLASSIFIER = "_fc.weight"
"""[1000, 1280]."""
SEED = 0
"""Of the random directions."""


def network(model: LiteModel) -> Any:
    """A Keras model: RGB [n, size, size, 3], 0 to 255 -> float32 [n, dimension], of any length.

    Raises WeightsMissingError, ModelError.
    """
    weights = [published(each) for each in model.networks]
    layers = import_keras().layers
    rgb = layers.Input((model.size, model.size, 3), name="rgb")
    pool = _of_regions if model.has_regions else _whole
    parts = [
        pool(Layers(own).cells(rgb, each))
        for each, own in zip(model.networks, weights, strict=True)
    ]
    features = layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    directions = _directions(weights, model.dimension)
    if model.has_regions:
        directions = _turned(directions)
    dense = layers.Dense(model.dimension, use_bias=False)
    return import_keras().Model(rgb, loaded(dense, features, directions))


def _whole(cells: Any) -> Any:
    """From [n, g, g, 1280] to the mean of the cells, of unit length: [n, 1280]."""
    return _unit(import_keras().layers.GlobalAveragePooling2D()(cells))


def _of_regions(cells: Any) -> Any:
    """From [n, g, g, 1280] to unit vectors [n, 1280].

    As R-MAC (Tolias, Sicre & Jegou 2016, arXiv:1511.05879), but with means instead of maxima: the
    whole and, with the same weight, the mean of four quarters, which overlap.
    """
    layers = import_keras().layers
    side = cells.shape[1]
    half = (side + 1) // 2
    quarters = _unit(layers.AveragePooling2D(half, side - half)(cells))
    return _unit(layers.Add()([_whole(cells), layers.GlobalAveragePooling2D()(quarters)]))


def _unit(x: Any) -> Any:
    """Scaled to unit length, along the last axis."""
    return import_keras().layers.UnitNormalization()(x)


def _directions(weights: Sequence[Tensors], dimension: int) -> NDArray[np.float64]:
    """In which of the features' directions classes differ most: [features, dimension].

    The leading right singular vectors of the networks' own classifiers, centred; no data.
    """
    classes = np.concatenate([each[CLASSIFIER] for each in weights], axis=1).astype(np.float64)
    found = np.linalg.svd(classes - classes.mean(0), full_matrices=False)[2]
    return np.asarray(found[:dimension].T)


def _turned(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Random directions, orthonormal, in the space of these, whatever the signs of these are.

    The numbers of a vector are then alike, as `VectorForm` wants them for 8 bits.
    """
    random = np.random.default_rng(SEED).standard_normal(directions.shape)
    basis, triangle = np.linalg.qr(directions @ (directions.T @ random))
    return np.asarray(basis * np.sign(np.diag(triangle)))
