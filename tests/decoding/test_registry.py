"""One entry in the registry is all that a new format needs."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from imgsimd.decoding import registry
from tests.support.embedding import embed, embedding
from tests.support.household import TOY_FORMAT
from tests.support.pictures import FORMATS, encoded

GREY = np.full((40, 60, 3), 128, np.uint8)


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_recognised_by_its_content_and_brings_its_extension(suffix: str) -> None:
    decoder = registry.recognised(encoded(GREY, suffix))
    assert decoder is not None
    assert suffix.removeprefix(".") in decoder.extensions


def test_a_name_stands_for_one_format_and_each_extension_belongs_to_one() -> None:
    formats = [decoder.format for decoder in registry.DECODERS]
    assert len(formats) == len(set(formats))
    brought = [each for decoder in registry.DECODERS for each in decoder.extensions]
    assert sorted(brought) == sorted(registry.extensions())


@pytest.mark.parametrize(
    ("content", "is_avif"),
    [
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1miaf", True),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", True),
        (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", False),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", False),
        (b"\xff\xff\xff\xffftypmif1", False),
        (b"ftypavif", False),
    ],
)
def test_avif_is_recognised_by_any_of_its_brands(content: bytes, is_avif: bool) -> None:
    decoder = registry.recognised(content)
    assert (decoder is not None and decoder.format == "AVIF") == is_avif


@pytest.mark.parametrize("content", [b"", b"hello", b"P5x", b"RIFF\0\0\0\0WAVE", b"\xff\xd8"])
def test_what_no_entry_recognises_is_not_read(content: bytes) -> None:
    assert registry.recognised(content) is None


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_broken_start_of_a_file_raises_anything(suffix: str) -> None:
    start = encoded(GREY, suffix)[: registry.START_BYTES]
    random = np.random.default_rng(1)
    for _ in range(500):
        broken = bytearray(start[: random.integers(len(start) + 1)])
        for at in random.integers(max(1, len(broken)), size=4):
            broken[at : at + 1] = random.bytes(1)
        registry.recognised(bytes(broken))


def test_the_registry_loads_no_library() -> None:
    code = "import sys, imgsimd.config; print({'cv2', 'numpy'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert shown.stdout.strip() == b"set()"


async def test_a_worker_decodes_a_format_whose_entry_was_added(
    monkeypatch: pytest.MonkeyPatch, album: list[Path]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TOY_FORMAT))
    async with embedding() as embedder:
        answers = [await embed(embedder, each) for each in (b"TOY\xff\0\0", b"TOY", b"TO")]
        assert isinstance(await embed(embedder, album[0].read_bytes()), np.ndarray)
        red = await embed(embedder, encoded(np.full((30, 40, 3), (0, 0, 255), np.uint8), ".png"))
    assert isinstance(answers[0], np.ndarray)
    assert np.array_equal(answers[0], red)
    assert answers[1:] == ["it is no toy", 'it is not an image: it starts with the text "TO"']


def test_a_file_that_lacks_an_extra_package_is_tried_again_once_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "imgsimd.decoding.registry.find_spec",
        lambda name: None if name == "rawpy" else find_spec(name),
    )
    tiff = registry.recognised(b"II*\0" + bytes(20))
    assert tiff is not None
    without = registry.reader_without_package(tiff)
    assert without == "camera raw without rawpy"
    assert without in registry.readers(), "it is not tried again and again"
    monkeypatch.undo()
    assert without not in registry.readers()
