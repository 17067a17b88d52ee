"""A question to the daemon: which photos look like these pictures, taken together?

1. Every picture is asked about by what the daemon may know it by: path, size, mtime and inode.
2. The daemon names those that it does not know.
3. Their bytes are sent, and come back as vectors.
4. The question is asked again, with the sum of these vectors instead of the unknown pictures.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import add
from typing import TYPE_CHECKING, Unpack

from imgsimd.client.json_fields import Fields, Json
from imgsimd.client.matches import SimilarResult
from imgsimd.client.pictures import Picture
from imgsimd.client.wanted import Wanted, as_json
from imgsimd.errors import BadPictureError, FaultKind, RequestError

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport


class Question:
    """Pictures that count as one: the mean of their vectors. None is sent more than once, however
    often the question is asked."""

    def __init__(self, transport: Transport, pictures: Sequence[Picture]) -> None:
        self._transport = transport
        self._known = [picture for picture in pictures if picture.identity is not None]
        self._unsent = [picture for picture in pictures if picture.identity is None]
        self._sent: list[Picture] = []
        self._sum: list[float] = []
        self._model = ""

    def ask(self, k: int = 10, **wanted: Unpack[Wanted]) -> SimilarResult:
        """The `k` nearest of the photos that are `wanted`, best first. The pictures themselves are
        left out.

        Raises BadPictureError, RequestError, and what every request may raise.
        """
        options = {"k": k, **as_json(wanted)}
        self._send(self._unsent)
        while True:
            try:
                return self._answer(options)
            except RequestError as error:
                if error.code != "unknown_picture" or not error.queries:
                    raise
                self._send([self._known[number] for number in error.queries])

    def _answer(self, options: Json) -> SimilarResult:
        left_out = [picture.name for picture in self._sent if picture.identity is not None]
        question = {"queries": self._queries(), "leave_out": left_out, **options}
        try:
            return SimilarResult.of(self._transport.post("/v1/similar", question))
        except RequestError as error:
            if error.code != "too_large":
                raise
            message = "The names of so many pictures are too long: ask about fewer."
            raise RequestError(error.code, error.status, message) from error

    def _queries(self) -> list[Json]:
        queries = [identity for picture in self._known if (identity := picture.identity)]
        if self._sum:
            length = sum(number**2 for number in self._sum) ** 0.5
            queries.append({"vector": self._sum, "weight": length})
        return queries

    def _send(self, pictures: Sequence[Picture]) -> None:
        """Has the daemon embed them, and adds their vectors up: thousands are too much JSON."""
        for picture in pictures:
            vector = self._vector(picture)
            self._sum = list(map(add, self._sum, vector)) if self._sum else vector
        sent = set(pictures)
        self._known = [picture for picture in self._known if picture not in sent]
        self._unsent = [picture for picture in self._unsent if picture not in sent]
        self._sent += pictures

    def _vector(self, picture: Picture) -> list[float]:
        """The vector of the picture's bytes. Raises BadPictureError."""
        with picture.opened() as content, naming(picture):
            answer = Fields(self._transport.upload("/v1/vectors", content))
        model = answer.text("model")
        self._model = self._model or model
        if model != self._model:
            raise RequestError("model", 400, "The model was changed meanwhile: ask again.")
        return answer.numbers("vector")


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
