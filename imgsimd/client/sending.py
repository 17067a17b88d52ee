"""Sends the pictures that the daemon does not know, which come back as vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypeVar
from urllib.parse import quote

from imgsimd.client.json_fields import Fields, Json
from imgsimd.client.pictures import Picture
from imgsimd.errors import BadPictureError, FaultKind, RequestError

if TYPE_CHECKING:
    from imgsimd.client.transport import Transport

T = TypeVar("T")

AT_ONCE = 4
"""How many are sent at the same time, where there are many: while one is decoded, the next arrives.
The daemon takes 32 requests at once, from all its callers."""
MODEL_CHANGED = "model_changed"
"""The code of the error that a vector of another model is refused with."""
MOST_CHANGES = 3
"""So often a question begins anew, because the model was changed while it was asked."""
Embedded: TypeAlias = list[float] | BadPictureError
"""The vector of a picture, or why it has none."""


class _Model(NamedTuple):
    """The model that vectors are by."""

    name: str
    identity: str | None
    """None: the daemon is older than 0.3, and does not tell."""


class Sender:
    """Sends pictures. All vectors that it gives are of one model, up to `begin_anew`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._asked: str | None = None
        self._model: _Model | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> Json:
        """What a query says of the model that its vector is by."""
        identity = self._model.identity if self._model else None
        return {"model": identity} if identity else {}

    def ask_by(self, model: str | None) -> bool:
        """What follows is for the model with this name; None: for the one in use. Returns whether
        what was sent before was for another one: then it begins anew."""
        is_other, self._asked = model != self._asked, model
        if is_other:
            self.begin_anew()
        return is_other

    def begin_anew(self) -> None:
        """What was sent is not used any more: what follows may be of another model."""
        self._model = None

    def embedded(self, pictures: Sequence[Picture]) -> Iterator[Embedded]:
        """What came of each, in their order. Raises RequestError with the code MODEL_CHANGED if
        the model was changed since the first."""
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
        told = {name: answer[name] for name in ("vector", "views", "features") if name in answer}
        return {**told, **self.model}

    def _embedded(self, picture: Picture) -> Embedded:
        try:
            return self._vector(picture)
        except BadPictureError as error:
            return error

    def _vector(self, picture: Picture) -> list[float]:
        """Raises BadPictureError."""
        return self._upload("/v1/vectors", picture).numbers("vector")

    def _upload(self, route: str, picture: Picture) -> Fields:
        if self._asked is not None:
            route += f"?model={quote(self._asked, safe='')}"
        with picture.opened() as content, naming(picture):
            answer = Fields(self._transport.upload(route, content))
        self._note(_Model(answer.text("model"), answer.text_if_any("identity")))
        return answer

    def _note(self, model: _Model) -> None:
        """Raises RequestError if what was sent before is of another model."""
        with self._lock:
            self._model = self._model or model
        if self._model != model:
            raise _changed()

    def check_model(self, name: str) -> None:
        """Raises RequestError if what was sent is of another model than the answer. A daemon since
        0.3 finds that out itself."""
        if self._model and self._model.name != name:
            raise _changed()


def by_one_model(ask: Callable[[], T], begin_anew: Callable[[], None]) -> T:
    """What `ask` gives. Where the model is changed meanwhile, all begins anew."""
    for _ in range(MOST_CHANGES):
        try:
            return ask()
        except RequestError as error:
            if error.code != MODEL_CHANGED:
                raise
            begin_anew()
    return ask()


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


def _changed() -> RequestError:
    return RequestError(MODEL_CHANGED, 400, "The model was changed meanwhile: ask again.")
