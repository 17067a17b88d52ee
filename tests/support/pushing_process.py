"""A process that changes a gallery and pushes it, until it is killed.

    python -m tests.support.pushing_process FOLDER URI FIRST

It adds photos from the number FIRST on, and forgets some, in steps, while it pushes. With FIRST 0
it changes nothing, pushes all that is left, and prints what the collection must hold.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.thread import GalleryThread
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Server
from imgsimd.pushing.pusher import Pusher
from imgsimd.pushing.shared_store import shared_stores
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId
from tests.support import library

HOST = HostNumber(7)
PREFIX = "killed"
STEP = 20
"""Photos added at once; a fifth of so many is forgotten."""


def _begin(gallery: Gallery) -> None:
    gallery.pushes.share(HOST, [library.ROOT])
    library.begin(gallery)


def _change(gallery: Gallery, first: int) -> None:
    library.add(gallery, *range(first, first + STEP))
    _, waiting = gallery.verdicts.waiting(10**6)  # also what a killed process had only added
    library.work_off(gallery, {i.path: library.content_of(i.state.size) for i in waiting})
    gone = [library.ROOT + b"/%d.jpg" % n for n in range(first - STEP, first, 5)]
    gallery.forget(gallery.images.at(gone))


def _expected(gallery: Gallery) -> list[int]:
    ids = gallery.pushes.expected(gallery.serving, ImageId(0), 10**6)
    return [shared(HOST, image) for image in ids]


async def main(folder: Path, uri: str, first: int) -> None:
    """See above."""
    link = Link(Server(uri, None, None, None, None, ""), seconds=10.0)
    gallery = GalleryThread(make_store=shared_stores(link, PREFIX))
    await gallery.open(folder / "gallery.db")
    await gallery.do(_begin)
    pusher = Pusher(gallery, link, PREFIX)
    if not first:
        await pusher.push_all()
        print(*await gallery.do(_expected))
        link.close()
        return
    pushing = asyncio.create_task(pusher.run())
    print("begun", flush=True)
    for number in range(first, sys.maxsize, STEP):
        await gallery.do(_change, number)
        pusher.wake()
        await asyncio.sleep(0.01)
    await pushing


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
