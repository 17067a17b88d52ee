"""Questions to the daemon, many at once: which photos look like each of these pictures?

As with one question (`question`), the daemon is first asked by what it may know the pictures by;
those that it does not know are sent, and asked about by their vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, Unpack

from imgsimd.client.json_fields import Fields, Json
from imgsimd.client.limits import MOST_MATCHES_EACH, MOST_QUESTIONS
from imgsimd.client.matches import SimilarResult
from imgsimd.client.pictures import Picture
from imgsimd.client.question import Question
from imgsimd.client.sending import MODEL_CHANGED, Sender, by_one_model
from imgsimd.client.vector_sums import VectorSums
from imgsimd.client.wanted import Wanted, as_json, is_verified
from imgsimd.errors import BadPictureError, BadPicturesError, RequestError

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport

MOST_NUMBERS = 2**17
"""Of all vectors in one request: 3 MiB of JSON."""
EachResult: TypeAlias = SimilarResult | BadPictureError
"""What one picture is answered with."""


class EachQuestion:
    """Pictures, each of which is a question of its own. `others` belong to every question."""

    def __init__(
        self,
        transport: Transport,
        pictures: Sequence[Picture],
        others: Sequence[tuple[Picture, float]] = (),
    ) -> None:
        """Each of the others with its weight."""
        self._transport = transport
        self._pictures = pictures
        self._others = others
        self._sender = Sender(transport)
        self._common: Json | None = None
        """What every question has of the others; None if they were not sent to this model."""

    def ask(self, k: int = 10, **wanted: Unpack[Wanted]) -> Iterator[EachResult]:
        """For each picture its answer, as `Question.ask` gives it, or why it cannot be read.

        Raises BadPictureError where one of the others cannot be read, RequestError, and what every
        request may raise.
        """
        if is_verified(wanted):
            yield from (self._verified(picture, k, wanted) for picture in self._pictures)
            return
        options = {"k": k, **as_json(wanted)}
        self._sender.ask_by(wanted.get("model"))
        most = max(1, min(MOST_QUESTIONS, MOST_MATCHES_EACH // k))
        for first in range(0, len(self._pictures), most):
            some = self._pictures[first : first + most]
            yield from by_one_model(partial(self._results, some, options), self._begin_anew)

    def _begin_anew(self) -> None:
        """What was sent was for another model."""
        self._sender.begin_anew()
        self._common = None

    def _verified(self, picture: Picture, k: int, wanted: Wanted) -> EachResult:
        """By a question of its own: the picture itself is compared, which takes a while."""
        try:
            return Question(self._transport, [(picture, 1.0), *self._others]).ask(k, **wanted)
        except BadPictureError as error:
            return error

    def _of_others(self, options: Json) -> Json:
        """What every question has of the others."""
        sums = VectorSums()
        embedded = list(self._sender.embedded([picture for picture, _ in self._others]))
        if bad := [each for each in embedded if isinstance(each, BadPictureError)]:
            raise bad[0] if len(bad) == 1 else BadPicturesError(bad)
        for (_, weight), vector in zip(self._others, embedded, strict=True):
            if not isinstance(vector, BadPictureError):
                sums.add(vector, weight)
        others = [{**query, **self._sender.model} for query in sums.queries]
        if options.get("include_queries"):
            return {"others": others}
        left_out = [each.name for each, _ in self._others if each.identity is not None]
        return {"others": others, "leave_out": left_out}

    def _results(self, pictures: Sequence[Picture], options: Json) -> list[EachResult]:
        """One for each, in their order. Raises RequestError with the code MODEL_CHANGED."""
        self._common = self._common or self._of_others(options)
        options = {**options, **self._common}
        known = {n: each for n, p in enumerate(pictures) if (each := p.identity) is not None}
        results = dict(self._answered(known, options))
        unknown = [number for number in range(len(pictures)) if number not in results]
        results |= self._sent({number: pictures[number] for number in unknown}, options)
        return [_naming(picture, results[number]) for number, picture in enumerate(pictures)]

    def _sent(
        self, pictures: Mapping[int, Picture], options: Json
    ) -> Iterator[tuple[int, EachResult | RequestError]]:
        """By number, what the pictures are answered with that the daemon does not know."""
        queries: dict[int, Json] = {}
        numbers = 0
        embedded = self._sender.embedded(list(pictures.values()))
        for number, vector in zip(pictures, embedded, strict=True):
            if isinstance(vector, BadPictureError):
                yield number, vector
                continue
            place = _place(pictures[number])
            queries[number] = {**place, "vector": vector, **self._sender.model}
            numbers += len(vector)
            if numbers > MOST_NUMBERS:
                yield from self._answered(queries, options)
                queries, numbers = {}, 0
        yield from self._answered(queries, options)

    def _answered(
        self, queries: Mapping[int, Json], options: Json
    ) -> Iterator[tuple[int, EachResult | RequestError]]:
        """The answer to each query by its number, or why it has none; but nothing if the daemon
        does not know the picture."""
        if not queries:
            return
        request = {"queries": list(queries.values()), **options}
        answer = Fields(self._transport.post("/v1/similar/each", request))
        for number, result in zip(queries, answer.each("answers", _result), strict=True):
            if isinstance(result, SimilarResult):
                self._sender.check_model(result.model)
            elif result.code == MODEL_CHANGED:
                raise result
            elif result.code == "unknown_picture":
                continue
            yield number, result


def _place(picture: Picture) -> Json:
    """The path of a file: the image there is left out."""
    return {} if picture.identity is None else {"path": picture.name}


def _naming(picture: Picture, result: EachResult | RequestError) -> EachResult:
    """The result; if nothing is left of this picture, an error that says so. Raises any other
    RequestError."""
    if not isinstance(result, RequestError):
        return result
    if result.code != "nothing_left":
        raise result
    return picture.bad("cannot be asked about: the other pictures leave nothing of it")


def _result(answer: object) -> SimilarResult | RequestError:
    fields = Fields(answer)
    return fields.inner("error", _refusal) if "error" in fields.json else SimilarResult.of(answer)


def _refusal(error: object) -> RequestError:
    fields = Fields(error)
    return RequestError(fields.text("code"), 400, fields.text("message"))
