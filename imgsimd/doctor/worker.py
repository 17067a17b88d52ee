"""Whether a worker starts with the model, what confines it, and which formats it can decode."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from imgsimd.config import Settings
from imgsimd.decoding import registry
from imgsimd.doctor import libraries, models, packages, remedy, settings
from imgsimd.doctor.result import Result, failed, passed, warned
from imgsimd.doctor.situation import Situation
from imgsimd.doctor.tiny_pictures import PICTURES, SIDE, TinyPicture
from imgsimd.embedding import worker_output
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import BadPictureError, FaultKind, ModelError, WorkerError
from imgsimd.models import model_files, needs
from imgsimd.models.model_files import Model
from imgsimd.words import printable

WORKER, FORMATS, SANDBOX = "worker", "formats", "sandbox"
SECONDS = 50.0
"""For the start of a worker; half a second where nothing is wrong."""
LOCKS = ("no-new-privileges", "limits", "landlock", "seccomp")


def check(situation: Situation) -> Iterator[Result]:
    """One result for the worker, one for the sandbox, and one for the formats, or more if some
    cannot be read."""
    yield from asyncio.run(_gathered(situation))


async def _gathered(situation: Situation) -> list[Result]:
    return [result async for result in _results(situation)]


async def _results(situation: Situation) -> AsyncIterator[Result]:
    chosen = settings.of(situation)
    mend = ""
    for name in dict.fromkeys([chosen.model, Settings().model]):
        model = _model(situation, name)
        if model is None:
            continue  # of which another check tells
        embedder = Embedder(model, chosen.worker.model_copy(update={"threads": 1}))
        try:
            with worker_output.heard() as words:
                fault = await _try(embedder, PICTURES[0])
            if isinstance(fault, WorkerError):
                mend = _mending()
                yield _not_started(model, words, mend)
                continue
            yield passed(WORKER, f"A worker process starts with {name}.")
            yield _of_sandbox(situation, embedder.sandbox)
            async for result in _of_formats(embedder):
                yield result
            return
        finally:
            await embedder.close()
    if not mend:
        mend = models.mending(situation, Settings().model, is_built_in=True)
        yield failed(WORKER, "No worker process can start, since no model is whole.", mend)
    yield failed(FORMATS, "No format can be read, since no worker process starts.", mend)


def _model(situation: Situation, name: str) -> Model | None:
    """The model, if it can be used."""
    with suppress(ModelError, OSError):
        model = model_files.find(name, situation.where.models)
        needs.ensure(name, model.file)
        return model if models.is_whole(model) else None
    return None


async def _try(embedder: Embedder, picture: TinyPicture) -> Exception | None:
    """Has the picture embedded; why that fails, or None."""
    descriptor = os.memfd_create("picture")
    try:
        os.write(descriptor, picture.content)
        async with asyncio.timeout(SECONDS):
            found = await embedder.embed(descriptor, urgent=True)
    except (BadPictureError, WorkerError) as error:
        return error
    except TimeoutError:
        return WorkerError("It took too long.")
    finally:
        os.close(descriptor)
    if (found.metadata.width, found.metadata.height) != (SIDE, SIDE):
        return BadPictureError("its size was read wrongly", FaultKind.DAMAGED)
    return None


def _mending() -> str:
    """Mends the library that is broken, if one is."""
    broken = libraries.broken()
    return packages.mending(next(iter(broken))) if broken else remedy.AGAIN


def _not_started(model: Model, words: list[str], mend: str) -> Result:
    return failed(
        WORKER,
        f"No worker process starts with {model.name}, so no new photo is indexed. It said last: "
        f"{printable(worker_output.last_words(words))}",
        mend,
    )


def _of_sandbox(situation: Situation, locks: list[str]) -> Result:
    missing = [lock for lock in LOCKS if lock not in locks]
    status = situation.daemon.status
    lost = [lock for lock in locks if status and status.sandbox and lock not in status.sandbox]
    if lost:
        return warned(
            SANDBOX,
            f"The daemon's worker lacks {' and '.join(lost)}, which a worker has that this command "
            "starts: its systemd unit may be outdated.",
            "imgsimctl service install",
        )
    if "seccomp" in missing:
        return warned(
            SANDBOX,
            f"The kernel does not confine the worker by {' and '.join(missing)}. That needs Linux "
            "5.13 or newer on x86_64 or aarch64; this one is:",
            "uname -srm",
        )
    lacking = f"; this kernel has no {' and '.join(missing)}" if missing else ""
    return passed(SANDBOX, f"The worker is confined by {', '.join(locks)}{lacking}.")


async def _of_formats(embedder: Embedder) -> AsyncIterator[Result]:
    read: list[str] = []
    for picture in PICTURES:
        fault = await _try(embedder, picture)
        if fault is None:
            read.append(picture.format)
        else:
            yield _unread(picture, fault)
    others = len(registry.DECODERS) - len(PICTURES)
    yield passed(
        FORMATS, f"{', '.join(read)} are read; {others} more need no library of their own."
    )


def _unread(picture: TinyPicture, fault: Exception) -> Result:
    package = picture.packages.split()[-1]
    is_missing = isinstance(fault, BadPictureError) and fault.kind == FaultKind.LIBRARY_MISSING
    verb = "is missing or broken" if is_missing else "does not work"
    why = "" if is_missing else f" ({printable(str(fault))})"
    return failed(
        FORMATS,
        f"{picture.format} cannot be read: {' or '.join(picture.packages.split())} {verb}{why}.",
        packages.mending(package),
    )
