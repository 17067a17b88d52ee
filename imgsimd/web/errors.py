"""What went wrong, as a page or, for scripts, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from imgsimd.errors import ImgsimdError, NoDaemonError, NotInTimeError, kinds
from imgsimd.web.browsing import Browsing

_OF_STATUS = {
    404: "There is no such page.",
    405: "This address takes another method.",
}


def handlers(
    browsing: Browsing, report: Callable[[Exception], str]
) -> dict[type[Exception], ExceptionHandler]:
    """For Starlette. `report` makes a sentence of an error that nobody expected."""

    def of_ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, ImgsimdError)
        return _answer(request, browsing, status_of(error), error.code, str(error))

    def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        sentence = _OF_STATUS.get(error.status_code, error.detail)
        code = HTTPStatus(error.status_code).name.lower()
        return _answer(request, browsing, error.status_code, code, sentence)

    def of_bug(request: Request, error: Exception) -> Response:
        return _answer(request, browsing, 500, ImgsimdError.code, report(error))

    def of_leaving(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody reads it

    return {
        ImgsimdError: of_ours,
        HTTPException: of_http,
        ClientDisconnect: of_leaving,
        Exception: of_bug,
    }


def status_of(error: ImgsimdError) -> int:
    """The HTTP status of a page that has this error instead of its content."""
    if isinstance(error, NoDaemonError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, NotInTimeError):
        return HTTPStatus.GATEWAY_TIMEOUT
    return error.status if error.status >= HTTPStatus.BAD_REQUEST else HTTPStatus.BAD_GATEWAY


def _answer(
    request: Request, browsing: Browsing, status: int, code: str, sentence: str
) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"error": {"code": code, "message": sentence}}, status)
    return browsing.render(request, "error.html", status, sentence=sentence, is_gone=_is_gone(code))


def _is_gone(code: str) -> bool:
    """Whether the error says that no daemon answers, which may change by itself."""
    return code in {kind.code for kind in kinds(NoDaemonError)}
