"""Ids of images that are unique among all machines that share one vector store.

63 bits, as the sign must stay free:

    62 ............ 42 | 41 ............. 0
    host (21 bits)     | image on that host (42 bits)

Host 0 is a gallery that is not shared, so there both ids are the same number. 2,097,151 hosts are
possible. An image's number counts up from 1; after a damaged database was replaced it continues
with the milliseconds since 1970, which fit until the year 2109.
"""

from __future__ import annotations

from typing import NewType

from imgsimd.types import ImageId

SharedId = NewType("SharedId", int)
"""Key of an image in a store that several hosts share."""
HostNumber = NewType("HostNumber", int)

IMAGE_BITS = 42
LAST_IMAGE = 2**IMAGE_BITS - 1
LAST_HOST = HostNumber(2 ** (63 - IMAGE_BITS) - 1)


def shared(host: HostNumber, image: ImageId) -> SharedId:
    """The id of this host's image. Raises ValueError if either has too many bits."""
    if not (0 <= host <= LAST_HOST and 0 < image <= LAST_IMAGE):
        raise ValueError(f"image {image} of host {host} has no shared id")
    return SharedId(host << IMAGE_BITS | image)


def host_of(number: int) -> HostNumber:
    """The host of the image with this shared id."""
    return HostNumber(number >> IMAGE_BITS)


def image_of(number: int) -> ImageId:
    """The image with this shared id, on its host."""
    return ImageId(number & LAST_IMAGE)
