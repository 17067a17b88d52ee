"""A network that computes vectors. Runs in the worker only."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from imgsimd.decoding import decode, faults
from imgsimd.decoding.picture import Pixels
from imgsimd.embedding import views
from imgsimd.errors import ModelError
from imgsimd.types import Resize
from imgsimd.vectors import VectorForm, to_unit_vector


class Network:
    """A LiteRT interpreter on one core."""

    def __init__(
        self,
        file: str | bytes,
        size: int,
        resize: Resize,
        most_pixels: int,
        form: VectorForm,
    ) -> None:
        """`file` is its path, or its content."""
        given = {"model_content" if isinstance(file, bytes) else "model_path": file}
        self._interpreter: Any = Interpreter(**given, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._size = size
        self._resize = resize
        self._most_pixels = most_pixels
        self._form = form

    @property
    def short_side(self) -> int | None:
        """Of the reduced picture that `look` gives, in pixels, unless it has fewer; None if that is
        decoded in another way than `decode.reduced` does."""
        return decode.FINENESS * self._size if self._resize == "area" else None

    def embed(self, content: bytes) -> tuple[bytes, float]:
        """The picture's vector as it is stored, and how much of the picture it shows (see
        `Picture.read`). Raises BadPictureError."""
        square = decode.squared(content, self._size, self._resize, self._most_pixels)
        return self._vector(square.pixels), square.read

    def look(self, content: bytes) -> tuple[list[tuple[bytes, float]], Pixels]:
        """The stored vectors of the picture and of further views of it, with their penalties; and
        the picture, reduced. Raises BadPictureError."""
        seen = decode.seen(content, self._size, self._resize, self._most_pixels)
        found = [(self._vector(seen.square.pixels), 0.0)]
        for view in views.further(seen.small):
            square = decode.square(view.pixels, self._size, self._resize)
            found.append((self._vector(square), view.penalty))
        return found, seen.small

    def _vector(self, square: Pixels) -> bytes:
        """The vector of what the network gets to see. Raises BadPictureError."""
        self._interpreter.set_tensor(
            self._input["index"], square[None].astype(self._input["dtype"])
        )
        self._interpreter.invoke()
        try:
            vector = to_unit_vector(self._interpreter.get_tensor(self._output)[0])
        except ValueError:
            raise faults.no_vector() from None
        return self._form.to_bytes(vector)

    def prove(self) -> None:
        """Embeds a picture that is known to be good. Raises ModelError, or BadPictureError."""
        grey = np.full((1, 1, 3), 128, np.uint8)
        vector, _ = self.embed(cv2.imencode(".jpg", grey)[1].tobytes())
        numbers = len(self._form.from_bytes(vector))
        if numbers != self._form.dimension:
            raise ModelError(f"The model gives {numbers} numbers, not {self._form.dimension}.")
        if not self._form.is_vector(vector):
            raise ModelError(
                "The model's numbers are too unlike each other to be stored as int8: set stored_as "
                "to float32."
            )
