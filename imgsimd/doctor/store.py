"""Whether the server can be used that several machines share, if the settings name one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from imgsimd import installed
from imgsimd.doctor import remedy, settings
from imgsimd.doctor.result import Result, failed, passed
from imgsimd.doctor.situation import Situation
from imgsimd.errors import StoreError, StoreFault
from imgsimd.index_settings import Index
from imgsimd.milvus.address import shown
from imgsimd.milvus.link import Link
from imgsimd.milvus.messages import Collections, ReadHosts
from imgsimd.milvus.server_settings import server_of
from imgsimd.words import counted, printable, reason

NAME = "store"
PACKAGE = "pymilvus"
SECONDS = 10.0
"""For each request."""


def check(situation: Situation) -> Iterator[Result]:
    """One result, or one for each file that cannot be read."""
    index = settings.of(situation).index
    if index.backend != "milvus":
        yield passed(NAME, "Vectors are searched in this machine's memory, without a server.")
        return
    if find_spec(PACKAGE) is None:
        yield failed(
            NAME,
            f"Milvus cannot be used, because {PACKAGE} is not installed.",
            installed.adding(PACKAGE, extra="milvus"),
        )
        return
    unreadable = [] if situation.is_of_another else list(_unreadable(situation, index))
    yield from unreadable or [_asked(situation, index)]


def _unreadable(situation: Situation, index: Index) -> Iterator[Result]:
    """The files of the token and of the certificates that cannot be read."""
    for key in ("token_file", "ca_file", "cert_file", "key_file"):
        file = getattr(index, key)
        if not file:
            continue
        try:
            with open(file, "rb"):
                pass
        except PermissionError:
            mend = remedy.allowing(os.fsencode(file), "r", situation.user)
            yield failed(NAME, f"`{key}` of `[index]`, {printable(file)}, may not be read.", mend)
        except OSError as error:
            yield failed(
                NAME,
                f"`{key}` of `[index]`, {printable(file)}, cannot be read: {reason(error)}.",
                remedy.editing(situation),
            )


def _asked(situation: Situation, index: Index) -> Result:
    """Changes nothing on the server."""
    link = Link(server_of(index), SECONDS)
    try:
        collections = link.ask(Collections(index.prefix))
        hosts = link.ask(ReadHosts(index.prefix))
    except StoreError as error:
        return failed(NAME, str(error), _mending(situation, error.fault))
    finally:
        link.close()
    return passed(
        NAME,
        f"Milvus at {shown(index.uri)} answers: {counted(len(hosts), 'machine')} "
        f"and {counted(len(collections), 'collection')} of the prefix {index.prefix}.",
    )


def _mending(situation: Situation, fault: str) -> str:
    is_of_settings = fault in (StoreFault.REFUSED, StoreFault.OTHER_FORM)
    return remedy.editing(situation) if is_of_settings else remedy.AGAIN
