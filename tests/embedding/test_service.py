"""The embedder survives its worker; the worker is the real one, with a decoder that can be told,
by the picture's bytes, to crash or to hang."""

from __future__ import annotations

import asyncio
import os
import signal
import textwrap
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from imgsimd.config import Worker
from imgsimd.embedding.models import BUILT_IN, find
from imgsimd.embedding.service import Embedder, Vector, as_file
from imgsimd.errors import BadPictureError, WorkerError

T = TypeVar("T")
MODEL = find("efficientnet-lite0", BUILT_IN)
FRAGILE_DECODER = """
    import importlib, os, sys, time
    here = os.path.dirname(__file__)
    sys.path.remove(here)
    del sys.modules["cv2"]
    real = importlib.import_module("cv2")
    decode = real.imdecode
    def imdecode(data, flags):
        content = data.tobytes()
        if b"CRASH" in content:
            os.abort()
        if b"HANG" in content:
            time.sleep(600)
        return decode(data, flags)
    real.imdecode = imdecode
    sys.modules["cv2"] = real
"""


@pytest.fixture
def fragile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers started from now on have a decoder that obeys the picture."""
    (tmp_path / "cv2.py").write_text(textwrap.dedent(FRAGILE_DECODER))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def embedding(
    body: Callable[[Embedder], Coroutine[Any, Any, T]], settings: Worker | None = None
) -> T:
    """Runs `body` with an embedder."""

    async def run() -> T:
        embedder = Embedder(MODEL, settings or Worker())
        try:
            return await body(embedder)
        finally:
            await embedder.close()

    return asyncio.run(run())


async def embed(embedder: Embedder, content: bytes) -> Vector | str:
    with as_file(content) as descriptor:
        try:
            return await embedder.embed(descriptor)
        except BadPictureError as error:
            return str(error)


@contextmanager
def deadline(seconds: float = 20.0) -> Iterator[None]:
    """A hang fails the test."""

    def late(*_: object) -> None:
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_vector_has_unit_length_and_is_the_same_each_time(album: list[Path]) -> None:
    content = album[0].read_bytes()

    async def body(embedder: Embedder) -> list[Vector | str]:
        return list(await asyncio.gather(*(embed(embedder, content) for _ in range(6))))

    first, *others = embedding(body)
    assert isinstance(first, np.ndarray)
    assert first.shape == (MODEL.dimension,)
    assert first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-5)
    assert all(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\xff\xd8\xff\xe0 rubbish"])
def test_what_is_no_picture_is_refused_with_a_reason(content: bytes) -> None:
    answer = embedding(lambda embedder: embed(embedder, content))
    assert isinstance(answer, str)
    assert answer


def test_a_picture_of_too_many_pixels_is_refused(album: list[Path]) -> None:
    settings = Worker(max_pixels=1000)
    answer = embedding(lambda embedder: embed(embedder, album[0].read_bytes()), settings)
    assert "max_pixels" in str(answer)


def test_a_file_that_is_too_large_is_refused(album: list[Path]) -> None:
    settings = Worker(max_bytes=1000)
    answer = embedding(lambda embedder: embed(embedder, album[0].read_bytes()), settings)
    assert "max_bytes" in str(answer)


@pytest.mark.usefixtures("fragile")
def test_only_the_picture_that_crashes_the_decoder_fails(album: list[Path]) -> None:
    good = [path.read_bytes() for path in album[:6]]

    async def body(embedder: Embedder) -> list[Vector | str]:
        contents = [*good[:3], b"CRASH", *good[3:]]
        return list(await asyncio.gather(*(embed(embedder, each) for each in contents)))

    with deadline():
        answers = embedding(body)
    assert "ended the worker" in str(answers.pop(3))
    assert all(isinstance(answer, np.ndarray) for answer in answers)


@pytest.mark.usefixtures("fragile")
def test_only_the_picture_that_hangs_fails_after_its_deadline(album: list[Path]) -> None:
    good = [path.read_bytes() for path in album[:4]]

    async def body(embedder: Embedder) -> list[Vector | str]:
        contents = [b"HANG", *good]
        return list(await asyncio.gather(*(embed(embedder, each) for each in contents)))

    with deadline():
        answers = embedding(body, Worker(deadline=0.5))
    assert "longer than 0.5 seconds" in str(answers.pop(0))
    assert all(isinstance(answer, np.ndarray) for answer in answers)


def test_a_question_overtakes_the_backlog(album: list[Path]) -> None:
    content = album[0].read_bytes()
    order: list[str] = []

    async def ask(embedder: Embedder, name: str, urgent: bool) -> None:
        with as_file(content) as descriptor:
            await embedder.embed(descriptor, urgent)
        order.append(name)

    async def body(embedder: Embedder) -> None:
        await embed(embedder, content)
        backlog = [asyncio.create_task(ask(embedder, "backlog", False)) for _ in range(60)]
        await asyncio.sleep(0)  # let them all be sent
        await ask(embedder, "question", True)
        await asyncio.gather(*backlog)

    embedding(body, Worker(threads=1))
    assert order.index("question") < 30


def test_a_worker_that_cannot_start_is_told_apart_from_a_bad_picture(tmp_path: Path) -> None:
    (tmp_path / "broken.tflite").write_bytes(b"not a model")

    async def body() -> None:
        embedder = Embedder(replace(MODEL, file=tmp_path / "broken.tflite"), Worker())
        with pytest.raises(WorkerError, match="cannot start"):
            await embed(embedder, b"whatever")
        await embedder.close()

    asyncio.run(body())


def test_a_model_file_that_was_exchanged_is_not_run(tmp_path: Path) -> None:
    """Its vectors would be stored under the name of another model."""
    copy = tmp_path / "model.tflite"
    copy.write_bytes(MODEL.file.read_bytes() + b"\0")

    async def body() -> None:
        embedder = Embedder(replace(MODEL, file=copy), Worker())
        with pytest.raises(WorkerError, match="cannot start"):
            await embed(embedder, b"whatever")
        await embedder.close()

    asyncio.run(body())


def test_a_worker_ends_after_its_keep_alive_and_comes_back(album: list[Path]) -> None:
    content = album[0].read_bytes()

    async def body(embedder: Embedder) -> None:
        for _ in range(2):
            await embed(embedder, content)
            assert embedder.has_worker
            async with asyncio.timeout(10):
                while embedder.has_worker:
                    await asyncio.sleep(0.01)

    embedding(body, Worker(keep_alive=0.05))


def test_a_thumbnail_is_a_small_jpeg(album: list[Path]) -> None:
    import cv2

    async def body(embedder: Embedder) -> bytes:
        with as_file(album[0].read_bytes()) as descriptor:
            return await embedder.thumbnail(descriptor, 100)

    jpeg = embedding(body)
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert jpeg[:2] == b"\xff\xd8"
    assert picture is not None
    assert max(picture.shape) == 100


def test_no_descriptor_is_left_open(album: list[Path]) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = descriptors()
    embedding(lambda embedder: embed(embedder, album[0].read_bytes()))
    assert descriptors() == before
