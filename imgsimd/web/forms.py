"""What a form of a page sends."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request


async def fields(request: Request) -> dict[str, str]:
    """The fields of a form without files; what is not UTF-8 by surrogateescape. Raises
    HTTPException 413 where it is too large."""
    text = (await request.body()).decode("latin-1")
    return dict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))
