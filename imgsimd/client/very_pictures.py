"""Pictures that are compared themselves, and not only by their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from imgsimd.client.json_fields import Json
from imgsimd.client.pictures import Picture
from imgsimd.client.sending import Sender, by_one_model
from imgsimd.errors import RequestError

T = TypeVar("T")


class VeryPictures:
    """Each picture by itself. None is sent more than once, however often is asked, unless the model
    is changed."""

    def __init__(self, sender: Sender, pictures: Sequence[Picture]) -> None:
        self._sender = sender
        self._pictures = pictures
        self.begin_anew()

    def begin_anew(self) -> None:
        """Nothing was sent, or it was for another model."""
        self._sender.begin_anew()
        self._queries = [picture.identity for picture in self._pictures]

    def ask(self, post: Callable[[Sequence[Json]], T]) -> T:
        """What `post` gives for a query of each picture. Pictures that the daemon does not know are
        sent first. Raises BadPictureError, and what `post` raises."""
        return by_one_model(lambda: self._ask(post), self.begin_anew)

    def _ask(self, post: Callable[[Sequence[Json]], T]) -> T:
        self._send([n for n, query in enumerate(self._queries) if query is None])
        while True:
            try:
                return post([query for query in self._queries if query is not None])
            except RequestError as error:
                if error.code != "unknown_picture" or not error.queries:
                    raise
                self._send(error.queries)

    def _send(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            picture = self._pictures[number]
            self._queries[number] = {**(picture.identity or {}), **self._sender.seen(picture)}
