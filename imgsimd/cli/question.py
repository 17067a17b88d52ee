"""A question to the daemon: what looks like these pictures, taken together?"""

from __future__ import annotations

from collections.abc import Sequence
from operator import add
from typing import Any, cast

from imgsimd.cli.connection import status
from imgsimd.cli.pictures import Picture
from imgsimd.client.transport import Transport
from imgsimd.errors import BadPictureError, RequestError


class Question:
    """Asks by the files' identity; sends a picture only where the daemon does not know it."""

    def __init__(self, client: Transport, pictures: Sequence[Picture]) -> None:
        self._client = client
        self._pictures = pictures
        self._known = [picture for picture in pictures if not picture.is_stream]
        self._sent: list[Picture] = []
        self._sum: list[float] = []
        self._model = ""

    def answer(self, k: int, max_distance: float | None) -> dict[str, Any]:
        """The daemon's; may be asked for again. Raises BadPictureError, and whatever else the
        client raises."""
        self._send([p for p in self._pictures if p.is_stream and p not in self._sent])
        while True:
            try:
                return self._ask(k, max_distance)
            except RequestError as error:
                if error.code != "unknown_picture" or not error.queries:
                    raise
                self._send([self._known[number] for number in error.queries])

    def _ask(self, k: int, max_distance: float | None) -> dict[str, Any]:
        queries = [picture.identity for picture in self._known]
        if self._sum:
            length = sum(number**2 for number in self._sum) ** 0.5
            queries.append({"vector": self._sum, "weight": length})
        left_out = [picture.name for picture in self._sent if not picture.is_stream]
        question = {"queries": queries, "leave_out": left_out, "k": k, "max_distance": max_distance}
        try:
            return cast(dict[str, Any], self._client.post("/v1/similar", question))
        except RequestError as error:
            if error.code == "too_large":
                raise RequestError(
                    error.code, error.status, "The names of so many pictures are too long: ask "
                    "about fewer.",
                ) from error  # fmt: skip
            raise

    def _send(self, pictures: Sequence[Picture]) -> None:
        """Has the daemon embed them, and adds their vectors up: thousands are too much JSON."""
        for picture in pictures:
            if picture.is_stream:
                picture.receive(status(self._client)["max_bytes"])
            vector = self._embedded(picture)
            self._sum = list(map(add, self._sum, vector)) if self._sum else vector
        sent = set(pictures)
        self._known = [picture for picture in self._known if picture not in sent]
        self._sent += pictures

    def _embedded(self, picture: Picture) -> list[float]:
        """The vector of the picture's bytes. Raises BadPictureError."""
        try:
            with picture.opened() as stream:
                answer = cast(dict[str, Any], self._client.upload("/v1/vectors", stream))
        except BadPictureError as error:
            raise picture.bad(f"cannot be used: {error}") from error
        except RequestError as error:
            if error.code == "too_large":
                raise picture.too_large() from error
            raise
        self._model = self._model or answer["model"]
        if answer["model"] != self._model:
            raise RequestError("model", 400, "The model was changed meanwhile: ask again.")
        return cast(list[float], answer["vector"])
