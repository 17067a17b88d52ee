"""The page that lists pictures which cannot be read, or only in part, and why; page by page, since
there may be many thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from imgsimd.client import Client
from imgsimd.errors import FaultKind
from imgsimd.web import forms
from imgsimd.web.browsing import Browsing
from imgsimd.web.failure_list import FailureList, Row
from imgsimd.web.turning import Turning

ROWS = 100
"""On one page."""
KINDS = {
    FaultKind.NOT_A_PICTURE: "not a picture",
    FaultKind.UNSUPPORTED: "of a kind that cannot be read",
    FaultKind.LIBRARY_MISSING: "needs a package",
    FaultKind.CUT_OFF: "cut off",
    FaultKind.DAMAGED: "damaged",
    FaultKind.TOO_MANY_PIXELS: "too many pixels",
    FaultKind.TOO_MUCH_MEMORY: "too much memory",
    FaultKind.TOO_SLOW: "too slow",
    FaultKind.CRASH: "crashes the decoder",
    FaultKind.NO_VECTOR: "no vector",
    FaultKind.TOO_LARGE: "too large",
    FaultKind.NO_PERMISSION: "no permission",
    FaultKind.DISK_ERROR: "disk error",
    FaultKind.NOT_LISTED: "folder that cannot be listed",
}


def routes(browsing: Browsing) -> list[Route]:
    """The page, and its button that tries them again."""
    failures = FailureList(browsing.client)

    def show(request: Request) -> Response:
        found = failures.rows()
        kind = request.query_params.get("kind", "")
        wanted = [each for each in found if kind in ("", each.kind)]
        return browsing.render(
            request,
            "failed.html",
            part_of="state",
            kinds=_counts(found),
            kind=kind,
            total=len(found),
            rows=Turning(wanted, request.query_params.get("page", ""), ROWS),
            can_retry=any(not each.damaged for each in wanted),
        )

    async def retry(request: Request) -> Response:
        kind = (await forms.fields(request)).get("kind", "")
        retried = await run_in_threadpool(_retry, browsing.client, failures, kind)
        return RedirectResponse(f"state?retried={retried}", 303)

    return [Route("/failed", show), Route("/retry", retry, methods=["POST"])]


def _counts(found: Sequence[Row]) -> list[tuple[str, str, int]]:
    """Kind, words and number, the most frequent first."""
    counts = Counter(each.kind for each in found)
    return [(kind, _words(kind), number) for kind, number in counts.most_common()]


def _words(kind: str) -> str:
    return {str(known): words for known, words in KINDS.items()}.get(kind, kind)


def _retry(client: Client, failures: FailureList, kind: str) -> int:
    """Tries all pictures of a kind again, or all. How many."""
    if not kind:
        return client.retry()
    paths = [each.path for each in failures.rows() if each.kind == kind and not each.damaged]
    return client.retry(paths) if paths else 0
