"""A network that computes vectors. Runs in the worker only."""

from __future__ import annotations

from collections.abc import Callable

from imgsimd.decoding import faults
from imgsimd.decoding.picture import Pixels
from imgsimd.embedding import runtime, views
from imgsimd.embedding.output import Output
from imgsimd.embedding.preprocessing import Preprocessing
from imgsimd.embedding.runtime import Array, Session
from imgsimd.errors import ModelError
from imgsimd.models.recipe import Recipe


def opener(content: bytes, file: str, recipe: Recipe, most_pixels: int) -> Callable[[], Network]:
    """Reads the `content` of a model's file, whose name says what runs it. What is returned makes a
    network for each thread that calls it. Both raise ModelError where the file cannot be used with
    this recipe: a clause about "it".

    The file may come from anywhere: this is for a process that is in its sandbox, and has called
    `runtime.of(file).warm_up()` before.
    """
    preprocessing = Preprocessing(recipe, most_pixels)
    session = runtime.of(file).opener(content, preprocessing.input_shape)
    return lambda: Network(session(), preprocessing, recipe)


class Network:
    """A network with its recipe, on one core."""

    def __init__(self, session: Session, preprocessing: Preprocessing, recipe: Recipe) -> None:
        """Raises ModelError, see `opener`."""
        self._session = session
        self._preprocessing = preprocessing
        self._output = Output(session.outputs, recipe)
        self._form = recipe.form

    @property
    def short_side(self) -> int | None:
        """Of the picture that `look` gives, in pixels: see `Preprocessing.short_side`."""
        return self._preprocessing.short_side

    def embed(self, content: bytes) -> tuple[bytes, float]:
        """The picture's vector as it is stored, and how much of the picture it shows (see
        `Picture.read`). Raises BadPictureError."""
        square = self._preprocessing.squared(content)
        return self._vector(square.pixels), square.read

    def look(self, content: bytes) -> tuple[list[tuple[bytes, float]], Pixels]:
        """The stored vectors of the picture and of further views of it, with their penalties; and
        the picture, reduced. Raises BadPictureError."""
        seen = self._preprocessing.seen(content)
        others = (
            (self._vector(self._preprocessing.square(view.pixels)), view.penalty)
            for view in views.further(seen.small)
        )
        return [(self._vector(seen.square.pixels), 0.0), *others], seen.small

    def prove(self, picture: Pixels) -> None:
        """Embeds a picture that is known to be good. Raises ModelError, see `opener`."""
        numbers = self._numbers(self._preprocessing.square(picture))
        try:
            stored = self._form.to_bytes(self._output.vector(numbers))
        except ValueError as error:
            raise ModelError(f"it has no usable vector for a good picture: {error}") from error
        if not self._form.is_vector(stored):
            raise ModelError(
                "its numbers are too unlike each other to be stored as int8: set `stored_as` to "
                '"float32"'
            )

    def _vector(self, square: Pixels) -> bytes:
        """The vector of what the network gets to see. Raises BadPictureError."""
        try:
            return self._form.to_bytes(self._output.vector(self._numbers(square)))
        except (ValueError, ModelError):
            raise faults.no_vector() from None

    def _numbers(self, square: Pixels) -> Array:
        batch = self._preprocessing.batch(square, self._session.input)
        return self._output.numbers(self._session.run(batch, self._output.number))
