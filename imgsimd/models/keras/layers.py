"""The layers of a Keras network: their names, what they give, and the network up to one of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from imgsimd.errors import ModelError
from imgsimd.models.keras.library import import_keras
from imgsimd.words import printable

OFFERED = 6
"""Layers that a sentence offers."""


def up_to(network: Any, path: str) -> Any:
    """The network from its input to a vector [n, dimension]: the output of a layer, averaged over
    its places (height and width, or the tokens of a sequence) where it has some.

    `path` is the layer's name; of a layer in a network that is itself a layer, both names with a
    slash between them. Raises ModelError, which names layers to choose from, where there is no such
    layer, or it gives no vector.
    """
    keras = import_keras()
    require(network, path)
    cut = _cut(network, path)
    ranks: dict[int, Any] = {
        2: None,
        3: keras.layers.GlobalAveragePooling1D,
        4: keras.layers.GlobalAveragePooling2D,
    }
    output = cut.outputs[0]
    if len(cut.outputs) > 1 or len(output.shape) not in ranks or not output.shape[-1]:
        raise ModelError(
            f"The layer '{printable(path)}' does not give one vector for each picture. "
            f"{choices(network)}."
        )
    if pooling := ranks[len(output.shape)]:
        output = pooling()(output)
    return cut if output is cut.outputs[0] else keras.Model(cut.inputs, output)


def has(network: Any, path: str) -> bool:
    """Whether there is such a layer."""
    return path in dict(_outputs(network))


def require(network: Any, path: str) -> None:
    """Raises ModelError, which names layers to choose from, where there is no such layer."""
    if has(network, path):
        return
    near = difflib.get_close_matches(path, dict(_outputs(network)), n=3)
    meant = f" Did you mean {' or '.join(map(printable, near))}?" if near else ""
    raise ModelError(f"There is no layer '{printable(path)}'.{meant} {choices(network)}.")


def choices(network: Any) -> str:
    """The network's last layers, as the end of a sentence, without its full stop."""
    last = list(_outputs(network))[: -OFFERED - 1 : -1]
    texts = [f"{printable(path)} ({text(shape)})" for path, shape in last]
    return f"The last layers are, from the end: {', '.join(texts)}"


def _outputs(network: Any, within: str = "") -> Iterator[tuple[str, Sequence[int | None]]]:
    """The path of each layer, and the shape of its output."""
    keras = import_keras()
    for layer in network.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        yield f"{within}{layer.name}", _shape(layer)
        if isinstance(layer, keras.Model) and layer.built:
            yield from _outputs(layer, f"{within}{layer.name}/")


def _shape(layer: Any) -> Sequence[int | None]:
    """Empty where there are several outputs, or Keras does not know."""
    try:
        return tuple(layer.output.shape)
    except (AttributeError, ValueError):
        return ()


def text(shape: Sequence[int | None]) -> str:
    """What a layer takes or gives for a picture, such as `7 x 7 x 1,280`."""
    return " x ".join("n" if each is None else f"{each:,}" for each in shape[1:]) or "no numbers"


def _cut(network: Any, path: str) -> Any:
    """The network up to the layer, whatever that gives."""
    keras = import_keras()
    name, _, inner = path.partition("/")
    layer = network.get_layer(name)
    if not isinstance(layer, keras.Model):
        return keras.Model(network.inputs, layer.output)
    return _through(network, layer, _cut(layer, inner) if inner else layer)


def _through(network: Any, layer: Any, part: Any) -> Any:
    """The network up to a layer that is a network, which `part` stands in for.

    What such a layer gives here is known only while the network is made again around it.
    """
    keras = import_keras()
    found: list[Any] = []

    def call(each: Any, *inputs: Any, **options: Any) -> Any:
        if each is layer:
            found.append(part(*inputs))
        return each(*inputs, **options)

    flat = keras.Model(network.inputs, network.outputs)  # of a Sequential, too
    again = keras.models.clone_model(flat, clone_function=lambda each: each, call_function=call)
    return keras.Model(again.inputs, found[0])
