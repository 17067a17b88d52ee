"""A question to the daemon: which photos look like these pictures, taken together?

1. Every picture is asked about by what the daemon may know it by: path, size, mtime and inode.
2. The daemon names those that it does not know.
3. Their bytes are sent, and come back as vectors.
4. The question is asked again, with the sum of these vectors instead of the unknown pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from imgsimd.client.json_fields import Json
from imgsimd.client.matches import SimilarResult
from imgsimd.client.pictures import Picture
from imgsimd.client.sending import Sender, by_one_model
from imgsimd.client.vector_sums import VectorSums
from imgsimd.client.very_pictures import VeryPictures
from imgsimd.client.wanted import Wanted, as_json, is_verified
from imgsimd.errors import BadPictureError, BadPicturesError, RequestError

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A picture of the question, and how much it counts."""

    picture: Picture
    weight: float

    @property
    def query(self) -> Json | None:
        """As the daemon may know it; None where its bytes must be sent."""
        identity = self.picture.identity
        return None if identity is None else {**identity, "weight": self.weight}


class Question:
    """Pictures that count as one: the mean of their vectors. None is sent more than once, however
    often the question is asked, unless the model is changed."""

    def __init__(self, transport: Transport, pictures: Sequence[tuple[Picture, float]]) -> None:
        """Each picture with its weight."""
        self._parts = [_Part(*each) for each in pictures]
        self._transport = transport
        self._sender = Sender(transport)
        self._very = VeryPictures(self._sender, [part.picture for part in self._parts])
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Nothing was sent, or it was for another model."""
        self._sender.begin_anew()
        self._known = [part for part in self._parts if part.query is not None]
        self._unsent = [part for part in self._parts if part.query is None]
        self._sent: list[_Part] = []
        self._sums = VectorSums()

    def ask(self, k: int = 10, **wanted: Unpack[Wanted]) -> SimilarResult:
        """The `k` nearest of the photos that are `wanted`, best first. The pictures themselves are
        left out.

        Raises BadPictureError, or BadPicturesError where several cannot be read, RequestError, and
        what every request may raise.
        """
        options = {"k": k, **as_json(wanted)}
        if self._sender.ask_by(wanted.get("model")):
            self._begin_anew()
            self._very.begin_anew()
        if is_verified(wanted):
            return self._very.ask(lambda queries: self._post({"queries": queries, **options}))
        return by_one_model(lambda: self._ask(options), self._begin_anew)

    def _ask(self, options: Json) -> SimilarResult:
        self._send(self._unsent)
        while True:
            try:
                return self._answer(options)
            except RequestError as error:
                if error.code != "unknown_picture" or not error.queries:
                    raise
                self._send([self._known[number] for number in error.queries])

    def _answer(self, options: Json) -> SimilarResult:
        question = {"queries": self._queries(), **options}
        if not options.get("include_queries"):
            sent = [part.picture.name for part in self._sent if part.query is not None]
            question["leave_out"] = sent
        return self._post(question)

    def _post(self, question: Json) -> SimilarResult:
        try:
            result = SimilarResult.of(self._transport.post("/v1/similar", question))
        except RequestError as error:
            if error.code != "too_large":
                raise
            message = "The names of so many pictures are too long: ask about fewer."
            raise RequestError(error.code, error.status, message) from error
        self._sender.check_model(result.model)
        return result

    def _queries(self) -> list[Json]:
        known = [query for part in self._known if (query := part.query)]
        return [*known, *({**query, **self._sender.model} for query in self._sums.queries)]

    def _send(self, parts: Sequence[_Part]) -> None:
        """Has the daemon embed them, and adds their vectors up."""
        bad: list[BadPictureError] = []
        found = self._sender.embedded([part.picture for part in parts])
        for part, vector in zip(parts, found, strict=True):
            if isinstance(vector, BadPictureError):
                bad.append(vector)
            else:
                self._sums.add(vector, part.weight)
        if bad:
            raise bad[0] if len(bad) == 1 else BadPicturesError(bad)
        sent = set(parts)
        self._known = [part for part in self._known if part not in sent]
        self._unsent = [part for part in self._unsent if part not in sent]
        self._sent += parts
