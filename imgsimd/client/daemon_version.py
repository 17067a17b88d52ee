"""Which version of imgsimd has answered."""

from __future__ import annotations

from http import HTTPStatus
from http.client import HTTPResponse

from imgsimd.versions import HEADER

FIRST_VERSIONS = "0.2.0"
"""The last version that does not tell which one it is."""


class Told:
    """What the last answer to this process has told."""

    last: str | None = None
    """FIRST_VERSIONS stands for all that tell nothing; None: nobody has answered."""


def note(response: HTTPResponse) -> None:
    """Remembers what an answer tells. A refusal may come from before the daemon has read the
    question, and tells nothing."""
    if response.status < HTTPStatus.BAD_REQUEST:
        Told.last = response.getheader(HEADER) or FIRST_VERSIONS
