"""The networks of Keras Applications, which imgsimd can build models from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """A network as Keras has it."""

    function: str
    """In `keras.applications`: makes the network."""
    module: str
    """In `keras.applications`; its `preprocess_input` becomes part of a model."""
    size: int
    """Side of the square input, in pixels."""
    layer: str = ""
    """Its output is the vector. Empty: the vector is the output of the last convolution, averaged
    as Keras does it with `pooling="avg"`."""

    @property
    def name(self) -> str:
        """What users call it."""
        return self.function.lower()


_ALL = (
    Network("VGG16", "vgg16", 224, layer="fc1"),
    Network("VGG19", "vgg19", 224),
    Network("ResNet50", "resnet", 224),
    Network("ResNet101", "resnet", 224),
    Network("ResNet152", "resnet", 224),
    Network("ResNet50V2", "resnet_v2", 224),
    Network("ResNet101V2", "resnet_v2", 224),
    Network("ResNet152V2", "resnet_v2", 224),
    Network("MobileNet", "mobilenet", 224),
    Network("MobileNetV2", "mobilenet_v2", 224),
    Network("MobileNetV3Small", "mobilenet_v3", 224),
    Network("MobileNetV3Large", "mobilenet_v3", 224),
    Network("DenseNet121", "densenet", 224),
    Network("DenseNet169", "densenet", 224),
    Network("DenseNet201", "densenet", 224),
    Network("EfficientNetB0", "efficientnet", 224),
    Network("EfficientNetB1", "efficientnet", 240),
    Network("EfficientNetB2", "efficientnet", 260),
    Network("EfficientNetB3", "efficientnet", 300),
    Network("EfficientNetB4", "efficientnet", 380),
    Network("EfficientNetB5", "efficientnet", 456),
    Network("EfficientNetB6", "efficientnet", 528),
    Network("EfficientNetB7", "efficientnet", 600),
    Network("EfficientNetV2B0", "efficientnet_v2", 224),
    Network("EfficientNetV2B1", "efficientnet_v2", 240),
    Network("EfficientNetV2B2", "efficientnet_v2", 260),
    Network("EfficientNetV2B3", "efficientnet_v2", 300),
    Network("EfficientNetV2S", "efficientnet_v2", 384),
    Network("EfficientNetV2M", "efficientnet_v2", 480),
    Network("EfficientNetV2L", "efficientnet_v2", 480),
    Network("ConvNeXtTiny", "convnext", 224),
    Network("ConvNeXtSmall", "convnext", 224),
    Network("ConvNeXtBase", "convnext", 224),
    Network("ConvNeXtLarge", "convnext", 224),
    Network("ConvNeXtXLarge", "convnext", 224),
    Network("InceptionV3", "inception_v3", 299),
    Network("InceptionResNetV2", "inception_resnet_v2", 299),
    Network("Xception", "xception", 299),
    Network("NASNetMobile", "nasnet", 224),
    Network("NASNetLarge", "nasnet", 331),
)
"""Sizes are those that the official weights were trained with, which Keras has as default sizes."""
NETWORKS = {network.name: network for network in _ALL}
