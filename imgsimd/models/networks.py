"""The networks of Keras Applications that imgsimd can build models from."""

from __future__ import annotations

from dataclasses import dataclass

SITE = "https://storage.googleapis.com/tensorflow/keras-applications"


@dataclass(frozen=True, slots=True)
class Network:
    """A network, cut after one of its layers."""

    description: str
    module: str
    """Of `keras.applications`; its `preprocess_input` becomes part of the model."""
    function: str
    """In that module: makes the network."""
    layer: str
    """Its output, `dimension` numbers, is the vector."""
    dimension: int
    size: int
    """Side of the square input, in pixels."""
    weights: str
    """The official file."""
    md5: str
    """Of that file, as Keras has it."""

    @property
    def address(self) -> str:
        """Where Keras downloads the official file."""
        return f"{SITE}/{self.module}/{self.weights}"


NETWORKS = {
    "vgg16": Network(
        description="VGG16 trained on ImageNet, from Keras Applications, cut after layer fc1",
        module="vgg16",
        function="VGG16",
        layer="fc1",
        dimension=4096,
        size=224,
        weights="vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        md5="64373286793e3c8b2b4e3219cbf3544b",
    )
}
