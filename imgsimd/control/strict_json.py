"""What a request brings: a picture's bytes, or JSON, read as strictly as the OpenAPI document
describes it. And what is answered: a dataclass, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, NoReturn, ParamSpec, cast

from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from imgsimd.control.limits_middleware import BODY
from imgsimd.control.spool import Spool

MAX_JSON = 16 * 2**20
"""Bytes: a hundred vectors of 4096 numbers are 8 MiB. Reading so much JSON stops the loop for
0.2 s. A picture, which is not read here, may be larger."""


P = ParamSpec("P")
_ENCODER = json.JSONEncoder(
    default=vars,
    allow_nan=False,
    check_circular=False,  # answers are trees; the check costs a millisecond for 1000 matches
    separators=(",", ":"),
)


class Json(JSONResponse):
    """An answer in JSON."""

    def render(self, content: object) -> bytes:
        return as_json(content)


class StrictRoute(APIRoute):
    """Takes no JSON that two readers could understand differently, and answers with what its
    function returns, unless that is a response already.

    The answer is not checked when it is sent, as FastAPI would do: its type is that of the
    function, which mypy checks.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Awaitable[object]], **settings: Any
    ) -> None:
        super().__init__(path, _responding(endpoint), **settings)  # Any: FastAPI's forty arguments

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handle(_StrictRequest(request.scope, request.receive))

        return strictly


def as_json(answer: object) -> bytes:
    """A dataclass, or whatever else JSON can have. Only ASCII, so that paths which are not UTF-8
    survive (as lone surrogates, escaped)."""
    return _ENCODER.encode(answer).encode("ascii")


def picture(request: Request) -> int:
    """The file descriptor through which the picture in the body can be read, during the request."""
    return cast(Spool, request.scope[BODY]).descriptor


def _responding(
    endpoint: Callable[P, Awaitable[object]],
) -> Callable[P, Coroutine[Any, Any, Response]]:
    @wraps(endpoint)
    async def respond(*args: P.args, **kwargs: P.kwargs) -> Response:
        answer = await endpoint(*args, **kwargs)
        return answer if isinstance(answer, Response) else Json(answer)

    return respond


class _StrictRequest(Request):
    async def body(self) -> bytes:
        """Raises HTTPException: 413. A larger picture is read by `picture` instead."""
        if cast(Spool, self.scope[BODY]).size > MAX_JSON:
            raise HTTPException(413, f"A request in JSON may have at most {MAX_JSON} bytes")
        return await super().body()

    async def json(self) -> Any:
        """Raises HTTPException: 413, or 400 with the reason."""
        body = await self.body()
        try:
            return json.loads(body, object_pairs_hook=_once, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"The body cannot be read as JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
