"""The page that compares two pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from imgsimd.client import copy_words
from imgsimd.client.comparisons import Comparison, Transform
from imgsimd.errors import ImgsimdError, NoDaemonError, RequestError
from imgsimd.verification import Verdict
from imgsimd.web.asked_pictures import AskedPicture
from imgsimd.web.browsing import Browsing
from imgsimd.web.rendering import folder, pixels
from imgsimd.web.uploads import Upload
from imgsimd.words import of_bytes

NOT_KNOWN = "not known"
_VERDICTS: dict[str | None, str] = {
    Verdict.SAME: "The same photo.",
    Verdict.PROBABLY: "Probably the same photo: much agrees, but something differs, or there is "
    "too little to see.",
    Verdict.NO: "Different photos.",
    None: "These two could not be verified.",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of both pictures, in words."""

    name: str
    a: str
    b: str

    @property
    def differs(self) -> bool:
        """Whether both are known to be different."""
        return self.a != self.b and NOT_KNOWN not in (self.a, self.b)


def routes(browsing: Browsing) -> Sequence[Route]:
    """The page `compare?a=12&b=34`, each as in `AskedPictures`."""

    def compare(request: Request) -> Response:
        a, b = (browsing.asked.find(_named(request, letter)) for letter in "ab")
        compared, why_not = _compared(browsing, a, b)
        transform = compared.transform if compared else None
        return browsing.render(
            request,
            "compare.html",
            a=a,
            b=b,
            facts=list(_facts(a, b)),
            compared=compared,
            why_not=why_not,
            verdict=_verdict(compared) if compared else "",
            corners=transform.corners if transform else None,
        )

    return [Route("/compare", compare)]


def _named(request: Request, letter: str) -> str:
    """How the address names a picture. Raises RequestError."""
    if text := request.query_params.get(letter):
        return text
    raise RequestError(
        "not_found", 404, "This address does not name two pictures: select two, then compare them."
    )


def _compared(
    browsing: Browsing, a: AskedPicture, b: AskedPicture
) -> tuple[Comparison | None, str]:
    """What the daemon says of the two, or why it says nothing: the page shows them all the same."""
    try:
        return browsing.client.compare(a.source, b.source), ""
    except NoDaemonError:
        raise
    except ImgsimdError as error:
        return None, str(error)


def _verdict(compared: Comparison) -> str:
    """In words, with what was done to the one to make the other."""
    said = _VERDICTS.get(compared.verdict, "")
    if compared.verdict == Verdict.SAME and compared.transform is None:
        return f"{said} Both files have the same content."
    if compared.transform is None:
        return said
    return f"{said} {_change(compared.transform)}"


def _change(transform: Transform) -> str:
    return f"A compared with B: {copy_words.described(transform)}."


def _facts(a: AskedPicture, b: AskedPicture) -> Iterator[Fact]:
    for (name, one), (_, other) in zip(_known(a), _known(b), strict=True):
        yield Fact(name, one or NOT_KNOWN, other or NOT_KNOWN)


def _known(picture: AskedPicture) -> Iterator[tuple[str, str]]:
    """Of an upload, little is."""
    photo = picture.photo
    yield "Name", picture.name
    yield "Folder", folder(photo.path) if photo else ""
    yield "Pixels", pixels(photo.pixels) if photo else ""
    yield "Size", _size(picture)
    yield "Taken", _moment(photo.taken) if photo and photo.taken else ""
    yield "Modified", _moment(photo.changed) if photo else ""
    yield "Camera", (photo.camera or "") if photo else ""
    yield "Format", (photo.format or "") if photo else ""


def _size(picture: AskedPicture) -> str:
    if picture.photo:
        return of_bytes(picture.photo.bytes)
    return of_bytes(picture.source.size) if isinstance(picture.source, Upload) else ""


def _moment(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%-d %B %Y, %H:%M:%S}"
