"""Which function carries out which request, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from imgsimd.errors import StoreFault
from imgsimd.milvus import collections, hosts, messages, thumbnails
from imgsimd.milvus.connection import Call, Connection
from imgsimd.milvus.faults import failure_of
from imgsimd.milvus.frames import Failure, Question
from imgsimd.milvus.messages import Server, WrongRequestError

CARRY_OUT: dict[type[Any], Callable[[Call, Any], Any]] = {
    messages.Open: collections.open_collection,
    messages.Upsert: collections.upsert,
    messages.Delete: collections.delete,
    messages.Flush: collections.flush,
    messages.Build: collections.build,
    messages.Find: collections.find,
    messages.Ids: collections.ids,
    messages.Count: collections.count,
    messages.Collections: collections.collections,
    messages.Drop: collections.drop,
    messages.ReadHosts: hosts.read,
    messages.WriteHost: hosts.write,
    messages.RemoveHost: hosts.remove,
    messages.WriteThumbnails: thumbnails.write,
    messages.ReadThumbnail: thumbnails.read,
    messages.DeleteThumbnails: thumbnails.delete,
    messages.ThumbnailIds: thumbnails.ids,
}
CONNECT_ANEW = {StoreFault.AWAY, StoreFault.REFUSED}
"""After these, the next request reads the token and the certificates again."""


class Requests:
    """Carries out requests; any thread may ask."""

    def __init__(self, server: Server) -> None:
        self._uri = server.uri
        self._connection = Connection(server)

    def answer(self, question: Question) -> object:
        """What the request promises, or a Failure."""
        call = None
        try:
            call = Call(self._connection, question.seconds)
            return CARRY_OUT[type(question.request)](call, question.request)
        except WrongRequestError as error:
            return Failure(str(error), None)
        except Exception as error:  # pymilvus raises whatever its libraries do
            failure = failure_of(error, self._uri, question.seconds)
            if call is not None and failure.fault in CONNECT_ANEW:
                self._connection.give_up(call.client)
            return failure
