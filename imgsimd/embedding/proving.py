"""Tries a network that a user wants to add, in a process that can do no harm.

    python -m imgsimd.embedding.proving PARENT MEMORY (prove FOLDER NAME | inspect FILE)

The file may come from anywhere, and what reads networks has faults: it is parsed only after the
process has entered the sandbox of a worker, with so many more bytes of memory. `models/trial.py`
starts it, and ends it where a step takes too long. Each step is a line of JSON on standard output:

    {"step": "open"}             the network is being read now
    {"step": "compute"}          a picture is being embedded now
    {"found": {...}}             the end: what is to be known of a network that can be used
    {"wrong": "it gives ..."}    the end: why it cannot be used, a clause about "it"
    {"memory": true}             the end: it needs more memory
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from imgsimd.decoding import decode, registry
from imgsimd.embedding import runtime
from imgsimd.embedding.network import Network, opener
from imgsimd.embedding.output import Output
from imgsimd.embedding.preprocessing import Preprocessing
from imgsimd.embedding.runtime import Tensor
from imgsimd.embedding.sandbox import enter
from imgsimd.embedding.tasks import warm_up
from imgsimd.embedding.worker import content_of, die_with
from imgsimd.errors import BadPictureError, ModelError
from imgsimd.models import model_files
from imgsimd.models.model_files import Model
from imgsimd.samples import drawing
from imgsimd.vectors import VectorForm

PICTURES = 5
"""Drawn, each of another kind."""
LEAST_DISTANCE = 0.01
"""Of the two drawn pictures that are farthest from each other. Seeded VGG16, whose numbers mean
nothing: 0.1; the built-in model: 1.2."""
LEAST_SPREAD = 0.001
"""By how much the least distance of two drawn pictures is smaller than the greatest, as a share."""
SAME_DISTANCE = 0.05
"""Of two vectors of a picture, alone and in a batch. Sums in another order, stored as int8, differ
by less; a network that mixes the pictures of a batch gives others."""
LEAST_LENGTH = 0.98
"""Of a vector as it is stored. It is shorter only if int8 has cut off numbers: see `vectors`."""


Told: TypeAlias = dict[str, Any]
"""JSON."""
Embedded: TypeAlias = tuple[list[bytes], float]
"""The vector of each picture, and the seconds that the fastest took."""


class Trial:
    """What is done with a network in the sandbox. `say` tells of a step before it begins."""

    def __init__(self, say: Callable[[Told], None]) -> None:
        self._say = say

    def inspect(self, file: str, content: bytes) -> Told:
        """What the network in a file of this name takes and gives. Raises ModelError."""
        self._say({"step": "open"})
        interface = runtime.of(file).interface(content)
        return {kind: list(map(_told, tensors)) for kind, tensors in interface._asdict().items()}

    def prove(self, model: Model, content: bytes, pictures: Sequence[bytes]) -> Told:
        """What is to be known of a network that can be used. Raises ModelError."""
        vectors, _ = self._embedded(model, content, pictures)
        again, seconds = self._embedded(model, content, pictures)
        if vectors != again:
            raise ModelError("it gives other vectors when it is asked again for the same pictures")
        _check_distances(distances := _distances(vectors, model.form))
        together = self._together(model, content, pictures)
        if together and max(map(partial(_distance, model.form), vectors, together)) > SAME_DISTANCE:
            raise ModelError(
                "a picture gets another vector in a batch than alone: export it for inference"
            )
        return {
            "nearest": distances[0],
            "farthest": distances[-1],
            "seconds": seconds,
            "takes_batches": together is not None,
        }

    def _embedded(self, model: Model, content: bytes, pictures: Sequence[bytes]) -> Embedded:
        """By a network that was opened for this: several work side by side in a worker. The first
        picture is embedded once more after the others."""
        self._say({"step": "open"})
        network = opener(content, model.file.name, model, decode.MOST_PIXELS)()
        self._say({"step": "compute"})
        network.prove(decode.pixels(pictures[0]))
        vectors, fastest = [], float("inf")
        for picture in (*pictures, pictures[0]):
            self._say({"step": "compute"})
            start = time.process_time()
            vectors.append(_vector(network, picture, model.form))
            fastest = min(fastest, time.process_time() - start)
        if vectors.pop() != vectors[0]:
            raise ModelError("it gives another vector when it is asked again for the same picture")
        return vectors, fastest

    def _together(
        self, model: Model, content: bytes, pictures: Sequence[bytes]
    ) -> list[bytes] | None:
        """The vectors of all pictures from one batch; None if the network takes none."""
        self._say({"step": "open"})
        preprocessing = Preprocessing(model, decode.MOST_PIXELS)
        shape = (len(pictures), *preprocessing.input_shape[1:])
        session = runtime.of(model.file.name).opener(content, shape)()
        if session.input.shape != shape:
            return None
        alone = session.input._replace(shape=preprocessing.input_shape)
        squares = [preprocessing.squared(picture).pixels for picture in pictures]
        batch = np.concatenate([preprocessing.batch(square, alone) for square in squares])
        output = Output(session.outputs, model)
        self._say({"step": "compute"})
        with suppress(ModelError):  # such as a reshape inside to one picture
            answer = session.run(batch, output.number)
            if len(answer) == len(pictures):
                each = (output.numbers(answer[n : n + 1]) for n in range(len(pictures)))
                return [model.form.to_bytes(output.vector(numbers)) for numbers in each]
        return None


def _vector(network: Network, picture: bytes, form: VectorForm) -> bytes:
    try:
        vector, _ = network.embed(picture)
    except BadPictureError:
        raise ModelError(
            "it gives no usable vector for a drawn picture: its numbers are all zero, or one is "
            "not finite"
        ) from None
    if np.linalg.norm(form.from_bytes(vector)) < LEAST_LENGTH:
        raise ModelError(
            "its numbers are too unlike each other to be stored as int8: have its description say "
            'stored_as = "float32"'
        )
    return vector


def _check_distances(distances: Sequence[float]) -> None:
    """Raises ModelError if they say nothing; they are ascending."""
    least, most = distances[0], distances[-1]
    if most < LEAST_DISTANCE:
        raise ModelError(
            f"it gives nearly the same vector for all pictures: {PICTURES} that look different are "
            f"at most {most:.2g} apart"
        )
    if least > most * (1 - LEAST_SPREAD):
        raise ModelError(
            f"for it all pictures are equally far apart ({most:.3g}), whatever they show"
        )


def _distances(vectors: Sequence[bytes], form: VectorForm) -> list[float]:
    """Of all pairs, ascending."""
    return sorted(_distance(form, one, other) for one, other in combinations(vectors, 2))


def _distance(form: VectorForm, one: bytes, other: bytes) -> float:
    return float(np.linalg.norm(form.from_bytes(one) - form.from_bytes(other)))


def _told(tensor: Tensor) -> Told:
    return {"name": tensor.name, "shape": list(tensor.shape), "dtype": str(tensor.dtype)}


def _told_of(error: Exception) -> Told:
    """What goes wrong, in the first line that a library says of it."""
    if isinstance(error, MemoryError) or str(error) == runtime.NEEDS_MEMORY:
        return {"memory": True}
    if isinstance(error, ModelError):
        return {"wrong": str(error)}
    return {"wrong": f"it cannot be run ({runtime.first_line(error)})"}


def _drawn() -> list[bytes]:
    """The same every time, as files."""
    rng = np.random.default_rng(0)
    drawn = (drawing.draw(kind, rng, 320, 240) for kind in range(PICTURES))
    return [cv2.imencode(".png", picture)[1].tobytes() for picture in drawn]


def _prepared(task: str, arguments: Sequence[str]) -> Callable[[Trial], Told]:
    """Reads all that must be read before the process enters its sandbox."""
    match task, arguments:
        case "inspect", [path]:
            file, content = os.path.basename(path), Path(path).read_bytes()
            runtime.of(file).warm_up()
            return lambda trial: trial.inspect(file, content)
        case "prove", [folder, name]:
            model = model_files.find(name, Path(folder))
            content, pictures = content_of(str(model.file), model.sha256), _drawn()
            runtime.of(model.file.name).warm_up()
            warm_up()
            return lambda trial: trial.prove(model, content, pictures)
    raise ValueError(task)


def main() -> None:
    """Started by `models/trial.py`, never by hand."""
    parent, memory, task, *arguments = sys.argv[1:]
    die_with(int(parent))
    told = os.dup(1)
    os.dup2(2, 1)  # a library's stray print is no answer
    cv2.setNumThreads(1)

    def say(message: Told) -> None:
        os.write(told, json.dumps(message).encode() + b"\n")

    try:
        work = _prepared(task, arguments)
        enter.enter(int(memory), registry.system_calls())
        say({"found": work(Trial(say))})
    except Exception as error:  # libraries raise what they like
        say(_told_of(error))
    os._exit(0)


if __name__ == "__main__":
    main()
