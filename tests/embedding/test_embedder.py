"""The embedder survives its worker; the worker is the real one, with a decoder that can be told,
by the picture's bytes, to crash or to hang."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from imgsimd.config import DEFAULT_MODEL, Worker
from imgsimd.decoding import decode, exif, registry
from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.embedding import worker_process
from imgsimd.embedding.embedder import Embedder
from imgsimd.embedding.protocol import LONGEST_ANSWER, Answer, Kind, thumbnail_bytes
from imgsimd.errors import WorkerError
from imgsimd.models.model_files import BUILT_IN, find
from tests.support.embedding import MODEL, as_file, embed, embedding
from tests.support.exif import block, in_jpeg
from tests.support.household import PLANTED, children, most_memory, new_children
from tests.support.patience import DEADLINE
from tests.support.pictures import FORMATS, encoded, png


@pytest.fixture
def fragile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers started from now on have a decoder that obeys the picture."""
    monkeypatch.setenv("PYTHONPATH", str(PLANTED))


async def test_a_vector_has_unit_length_and_is_the_same_each_time(album: list[Path]) -> None:
    content = album[0].read_bytes()

    async with embedding() as embedder:
        first, *others = list(await asyncio.gather(*(embed(embedder, content) for _ in range(6))))
    assert isinstance(first, np.ndarray)
    assert first.shape == (MODEL.dimension,)
    assert first.dtype == np.float32
    assert np.linalg.norm(first) == pytest.approx(1, abs=1e-3)
    assert all(np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\xff\xd8\xff\xe0 rubbish"])
async def test_what_is_no_picture_is_refused_with_a_reason(content: bytes) -> None:
    async with embedding() as embedder:
        answer = await embed(embedder, content)
    assert isinstance(answer, str)
    assert answer


async def test_a_picture_of_too_many_pixels_is_refused(album: list[Path]) -> None:
    settings = Worker(max_pixels=1000)
    async with embedding(settings) as embedder:
        answer = await embed(embedder, album[0].read_bytes())
    assert "max_pixels" in str(answer)


async def test_a_file_that_is_too_large_is_refused(album: list[Path]) -> None:
    settings = Worker(max_bytes=1000)
    async with embedding(settings) as embedder:
        answer = await embed(embedder, album[0].read_bytes())
    assert "max_bytes" in str(answer)


@pytest.mark.usefixtures("fragile")
async def test_only_the_picture_that_crashes_the_decoder_fails(album: list[Path]) -> None:
    good = [path.read_bytes() for path in album[:6]]

    async with embedding() as embedder:
        contents = [*good[:3], b"DO crash", *good[3:]]
        answers = list(await asyncio.gather(*(embed(embedder, each) for each in contents)))
    assert "crashes the decoder" in str(answers.pop(3))
    assert all(isinstance(answer, np.ndarray) for answer in answers)


@pytest.mark.usefixtures("fragile")
async def test_only_the_picture_that_hangs_fails_after_its_deadline(album: list[Path]) -> None:
    good = [path.read_bytes() for path in album[:4]]

    async with embedding(Worker(deadline_seconds=0.5)) as embedder:
        contents = [b"DO hang", *good]
        answers = list(await asyncio.gather(*(embed(embedder, each) for each in contents)))
    assert "longer than 0.5 seconds" in str(answers.pop(0))
    assert all(isinstance(answer, np.ndarray) for answer in answers)


@pytest.mark.usefixtures("fragile")
async def test_only_pictures_are_refused_that_make_the_worker_end_or_talk_rubbish(
    album: list[Path],
) -> None:
    deadly = [b"DO exit", b"DO fail", b"DO say " + b"rubbish".hex().encode(), b"DO say 00"]
    good = [path.read_bytes() for path in album[:2]]

    async with embedding(Worker(threads=len(deadly))) as embedder:
        answers = list(await asyncio.gather(*(embed(embedder, each) for each in [*deadly, *good])))
    for command, answer in zip(deadly, answers, strict=False):
        assert "crashes the decoder" in str(answer), command
    assert all(isinstance(answer, np.ndarray) for answer in answers[len(deadly) :])


@pytest.mark.usefixtures("fragile")
@pytest.mark.parametrize("name", ["efficientnet-lite0", DEFAULT_MODEL])
async def test_a_vector_of_wrong_length_or_worth_is_not_believed(name: str) -> None:
    model = find(name, BUILT_IN)
    if model.stored_as == "int8":
        kind, worths = "<i1", [0.0, 127.0, 1.0]
    else:
        kind, worths = "<f4", [float("nan"), float("inf"), 1.0, 0.0]
    lies = [[], [1.0], *([number] * model.dimension for number in worths)]
    payloads = [b"odd", *(np.array(numbers, kind).tobytes() for numbers in lies)]
    # Each occupies a thread that will not answer any more.
    async with embedding(Worker(threads=len(payloads)), model) as embedder:
        for job, payload in enumerate(payloads, start=1):
            lie = Answer(job, Kind.DONE, payload).pack()
            answer = await embed(embedder, f"DO say {lie.hex()}".encode())
            assert "no usable vector" in str(answer)


@pytest.mark.usefixtures("fragile")
async def test_only_the_pictures_that_take_all_memory_are_refused(album: list[Path]) -> None:
    async with embedding(Worker(max_bytes=2**20, max_pixels=10**6, threads=2)) as embedder:
        contents = [b"DO fill", b"DO enlarge", *(path.read_bytes() for path in album[:6])]
        answers = await asyncio.gather(*(embed(embedder, each) for each in contents))
        assert max(map(most_memory, children(os.getpid()))) < 500 * 2**20
        fill, enlarge, *good = list(answers)
    assert "more memory" in str(fill)
    assert "more memory" in str(enlarge)
    assert all(isinstance(answer, np.ndarray) for answer in good)


@pytest.mark.usefixtures("fragile")
async def test_a_question_overtakes_the_backlog(album: list[Path]) -> None:
    """The worker is stopped until all is sent, and busy with another picture until it has read it:
    how fast it is does not matter."""
    workers = new_children()
    order: list[str] = []

    async def ask(embedder: Embedder, name: str, content: bytes, urgent: bool = False) -> None:
        with as_file(content) as descriptor:
            await embedder.embed(descriptor, urgent)
        order.append(name)

    async with embedding(Worker(threads=1)) as embedder:
        content = album[0].read_bytes()
        await embed(embedder, content)
        (worker,) = workers()
        os.kill(worker, signal.SIGSTOP)
        async with asyncio.TaskGroup() as asking:
            asking.create_task(ask(embedder, "slow", b"DO slow 0.5"))
            for _ in range(20):
                asking.create_task(ask(embedder, "backlog", content))
            await asyncio.sleep(0)  # each of them sends its order in its first step
            asking.create_task(ask(embedder, "question", content, urgent=True))
            await asyncio.sleep(0)
            os.kill(worker, signal.SIGCONT)
    assert order.index("question") <= 1


async def test_what_a_file_says_is_read_with_its_vector_and_without() -> None:
    jpeg = encoded(np.zeros((40, 60, 3), np.uint8), ".jpg")
    jpeg = in_jpeg(jpeg, block({exif.MAKE: "ACME", exif.ORIENTATION: 6}))
    version = registry.versions()["JPEG"]
    expected = PictureMetadata("JPEG", version, width=40, height=60, orientation=6, make="ACME")
    async with embedding() as embedder:
        with as_file(jpeg) as descriptor:
            assert (await embedder.embed(descriptor)).metadata == expected
            assert await embedder.metadata(descriptor) == expected


@pytest.mark.usefixtures("fragile")
@pytest.mark.parametrize("lie", [b"", b"{}", b"[" * 5000, b"\xff"])
async def test_metadata_that_are_none_are_not_believed(lie: bytes) -> None:
    numbers = np.full(MODEL.dimension, MODEL.dimension**-0.5, np.float32)
    vector = MODEL.form.to_bytes(numbers)
    async with embedding() as embedder:
        answer = Answer(1, Kind.DONE, vector + lie).pack()
        assert "no usable metadata" in str(await embed(embedder, f"DO say {answer.hex()}".encode()))


async def test_a_worker_that_cannot_start_is_told_apart_from_a_bad_picture(tmp_path: Path) -> None:
    (tmp_path / "broken.tflite").write_bytes(b"not a model")

    embedder = Embedder(replace(MODEL, file=tmp_path / "broken.tflite"), Worker())
    with pytest.raises(WorkerError, match="cannot start"):
        await embed(embedder, b"whatever")
    await embedder.close()


async def test_a_model_file_that_was_exchanged_is_not_run(tmp_path: Path) -> None:
    """Its vectors would be stored under the name of another model."""
    copy = tmp_path / "model.tflite"
    copy.write_bytes(MODEL.file.read_bytes() + b"\0")

    embedder = Embedder(replace(MODEL, file=copy), Worker())
    with pytest.raises(WorkerError, match="cannot start"):
        await embed(embedder, b"whatever")
    await embedder.close()


async def test_a_worker_that_nobody_waits_for_any_more_is_not_left_behind(
    album: list[Path],
) -> None:
    workers = new_children()

    async with embedding() as embedder:
        asking = asyncio.create_task(embed(embedder, album[0].read_bytes()))
        async with asyncio.timeout(DEADLINE):
            while not workers():
                await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert workers() == []


async def test_a_worker_ends_after_its_keep_alive_and_comes_back(album: list[Path]) -> None:
    content = album[0].read_bytes()

    async with embedding(Worker(keep_alive_seconds=0.05)) as embedder:
        for _ in range(2):
            await embed(embedder, content)
            assert embedder.has_worker
            assert embedder.cpu_seconds > 0
            async with asyncio.timeout(DEADLINE):
                while embedder.has_worker:
                    await asyncio.sleep(0.01)


@pytest.mark.parametrize("has_begun", [False, True], ids=["starting", "working"])
async def test_what_becomes_urgent_is_done_by_the_worker_of_normal_priority(
    album: list[Path], has_begun: bool
) -> None:
    uses_idle_priority = True
    embedder = Embedder(MODEL, Worker(), uses_idle_priority=lambda: uses_idle_priority)
    try:
        asked = [asyncio.create_task(embed(embedder, each.read_bytes())) for each in album]
        async with asyncio.timeout(DEADLINE):
            while not (embedder.has_worker if has_begun else embedder.tally.starts):
                await asyncio.sleep(0)
            assert embedder.cpu_seconds == 0
            uses_idle_priority = False
            embedder.expedite()
            answers = await asyncio.gather(*asked)
        assert all(isinstance(answer, np.ndarray) for answer in answers)
        assert embedder.cpu_seconds > 0
        assert (embedder.tally.starts, embedder.tally.crashes) == (2, 0)
    finally:
        await embedder.close()


def test_a_worker_whose_daemon_has_ended_already_ends_at_once() -> None:
    setup = worker_process._setup(MODEL, Worker())
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        result = subprocess.run(
            [sys.executable, "-m", "imgsimd.embedding.worker", str(theirs.fileno()),
             replace(setup, parent=os.getppid()).pack()],
            pass_fds=[theirs.fileno()], capture_output=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
    assert result.returncode == 1
    assert b"The daemon has ended" in result.stderr


async def test_every_format_is_decoded_in_the_sandbox_and_has_its_pixels_counted_before() -> None:
    def contents(size: int) -> list[bytes]:
        grey = np.full((size, size, 3), 128, np.uint8)
        return [encoded(grey, suffix) for suffix in FORMATS]

    async with embedding(Worker(max_pixels=2000, threads=1)) as embedder:
        answers = [await embed(embedder, each) for each in [*contents(40), *contents(50)]]
    for number, suffix in enumerate(FORMATS):
        assert isinstance(answers[number], np.ndarray), suffix
        assert "max_pixels" in str(answers[number + len(FORMATS)]), suffix


@pytest.mark.parametrize("side", [20_000, 60_000])
async def test_a_decompression_bomb_is_refused_from_its_header(side: int) -> None:
    """A PNG of 20,000 x 20,000 would take OpenCV 7 seconds and 2.3 GiB."""
    start = png(side, side)
    async with embedding() as embedder:
        await embed(embedder, b"")  # the worker runs
        async with asyncio.timeout(DEADLINE):
            assert "max_pixels" in str(await embed(embedder, start))


@pytest.mark.parametrize("pixels", [64, 1024, 4096])
async def test_a_thumbnail_of_noise_has_no_more_bytes_than_are_taken(pixels: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (pixels // 4, pixels, 3), np.uint8)
    png = cv2.imencode(".png", noise, [cv2.IMWRITE_PNG_COMPRESSION, 0])[1].tobytes()
    async with embedding() as embedder:
        with as_file(png) as descriptor:
            jpeg = await embedder.thumbnail(descriptor, pixels)
    assert len(jpeg) <= thumbnail_bytes(pixels) <= LONGEST_ANSWER
    assert decode.pixels(jpeg).shape == noise.shape


async def test_a_thumbnail_is_a_small_jpeg(album: list[Path]) -> None:
    async with embedding() as embedder:
        with as_file(album[0].read_bytes()) as descriptor:
            jpeg = await embedder.thumbnail(descriptor, 100)
    assert jpeg[:2] == b"\xff\xd8"
    assert max(decode.pixels(jpeg).shape) == 100


async def test_no_descriptor_is_left_open(album: list[Path]) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = descriptors()
    async with embedding() as embedder:
        await embed(embedder, album[0].read_bytes())
    assert descriptors() == before
