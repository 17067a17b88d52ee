"""Sends the pictures that the daemon does not know, which come back as vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from imgsimd.client.json_fields import Fields, Json
from imgsimd.client.pictures import Picture
from imgsimd.errors import BadPictureError, FaultKind, RequestError

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport

AT_ONCE = 4
"""How many are sent at the same time, where there are many: while one is decoded, the next arrives.
The daemon takes 32 requests at once, from all its callers."""
Embedded: TypeAlias = list[float] | BadPictureError
"""The vector of a picture, or why it has none."""


class Sender:
    """Sends pictures. All vectors that it gives are of one model."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._model = ""

    def embedded(self, pictures: Sequence[Picture]) -> Iterator[Embedded]:
        """What came of each, in their order. Raises RequestError if the model was changed since
        the first."""
        if len(pictures) < 2:
            yield from map(self._embedded, pictures)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as threads:
            try:
                yield from threads.map(self._embedded, pictures)
            finally:
                threads.shutdown(cancel_futures=True)

    def seen(self, picture: Picture) -> Json:
        """What a query needs if the picture itself is to be compared. Raises BadPictureError, or
        RequestError as `embedded` does."""
        answer = self._upload("/v1/features", picture).json
        return {name: answer[name] for name in ("vector", "views", "features") if name in answer}

    def _embedded(self, picture: Picture) -> Embedded:
        try:
            return self._vector(picture)
        except BadPictureError as error:
            return error

    def _vector(self, picture: Picture) -> list[float]:
        """Raises BadPictureError."""
        return self._upload("/v1/vectors", picture).numbers("vector")

    def _upload(self, route: str, picture: Picture) -> Fields:
        with picture.opened() as content, naming(picture):
            answer = Fields(self._transport.upload(route, content))
        self._model = self._model or answer.text("model")
        self.check_model(answer.text("model"))
        return answer

    def check_model(self, model: str) -> None:
        """Raises RequestError if what was sent is of another model."""
        if self._model not in ("", model):
            raise RequestError("model", 400, "The model was changed meanwhile: ask again.")


@contextmanager
def naming(picture: Picture) -> Iterator[None]:
    """Errors of a request that sends the picture say which one it was."""
    try:
        yield
    except BadPictureError as error:
        raise picture.refused(error) from error
    except RequestError as error:
        if error.code == "too_large":
            raise picture.bad(f"cannot be used: {error}", FaultKind.TOO_LARGE) from error
        raise
