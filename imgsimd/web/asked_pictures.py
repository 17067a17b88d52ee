"""Pictures that an address names: a photo by its id (`12`), or an upload by `u` and its digest.

There is no path in an address: it may have any bytes, changes, and stays in the browser's history.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from imgsimd.client import Client, Picture, PictureFile
from imgsimd.client.images import ImageRecord
from imgsimd.client.limits import MOST_ID
from imgsimd.errors import RequestError
from imgsimd.shared_ids import LAST_HOST, SharedId, host_of
from imgsimd.web import thumbnails
from imgsimd.web.uploads import Uploads

_ID = re.compile(r"[1-9][0-9]{0,15}")
_SHARED_ID = re.compile(r"[1-9][0-9]{12,18}")
_UPLOAD = re.compile(r"u([0-9a-f]{32})")


class IndexedPicture(Picture):
    """A photo of the gallery, as it was indexed: it is asked about by its stored vector."""

    def __init__(self, path: str) -> None:
        self.name = path

    @property
    def identity(self) -> Mapping[str, object]:
        return {"path": self.name}

    def opened(self) -> IO[bytes]:
        return PictureFile(self.name).opened()


@dataclass(frozen=True, slots=True)
class AskedPicture:
    """A picture that an address names."""

    text: str
    """How the address names it."""
    name: str
    """Of its file, as it is; or what to call it."""
    source: Picture
    """What the client can be asked about."""
    version: str
    """Of what is seen."""
    photo: ImageRecord | None = None
    """What is known of it; None of an upload."""

    @property
    def id(self) -> int | None:
        """Of a photo."""
        return None if self.photo is None else self.photo.id

    @property
    def path(self) -> str | None:
        """Of a photo."""
        return None if self.photo is None else self.photo.path

    def thumbnail_address(self, pixels: int) -> str:
        """Where its thumbnail is, relative to the pages."""
        return thumbnails.address(self.text, self.version, pixels)


class AskedPictures:
    """Finds them. Any thread may use it."""

    def __init__(self, client: Client, uploads: Uploads) -> None:
        self._client = client
        self._uploads = uploads

    def find(self, text: str) -> AskedPicture:
        """The picture that is meant. Raises RequestError where it is not there now, and what every
        request may raise."""
        if _ID.fullmatch(text) and int(text) <= MOST_ID:
            return self._photo(text)
        if upload := _UPLOAD.fullmatch(text):
            return self._upload(text, upload[1])
        raise _not_found("This address names no picture.")

    def _photo(self, text: str) -> AskedPicture:
        photo = self._client.records([int(text)]).get(int(text))
        if photo is None:
            raise _not_found(
                "This photo is not there any more, or its folder is offline or not watched now."
            )
        name, source = os.path.basename(photo.path), IndexedPicture(photo.path)
        return AskedPicture(text, name, source, thumbnails.version(photo), photo)

    def _upload(self, text: str, digest: str) -> AskedPicture:
        upload = self._uploads.find(digest)
        if upload is None:
            raise _not_found("This picture is not kept any more: choose it again.")
        return AskedPicture(text, os.path.basename(upload.name), upload, digest)


def shared_id(text: str) -> SharedId | None:
    """The id of another machine's photo, if the address names one."""
    number = int(text) if _SHARED_ID.fullmatch(text) else 0
    return SharedId(number) if 0 < host_of(number) <= LAST_HOST else None


def _not_found(sentence: str) -> RequestError:
    return RequestError("not_found", 404, sentence)
