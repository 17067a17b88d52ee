"""A worker runs an ONNX file behind the same locks as any other, and says why it cannot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import onnx
import pytest

from imgsimd.config import Worker
from imgsimd.embedding.embedder import Embedder
from imgsimd.errors import WorkerError
from imgsimd.models.model_files import Model
from tests.support.embedding import embed
from tests.support.household import WITHOUT, new_children
from tests.support.networks import network_of
from tests.support.patience import DEADLINE
from tests.support.pictures import encoded
from tests.support.tiny_networks import SIZE, Tiny, described, onnx_file, tflite_file

PICTURE = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)


@asynccontextmanager
async def embedding(model: Model, threads: int = 1) -> AsyncIterator[Embedder]:
    embedder = Embedder(model, Worker(threads=threads))
    try:
        async with asyncio.timeout(DEADLINE):
            yield embedder
    finally:
        await embedder.close()


async def refusal(model: Model) -> str:
    """What is said where a worker is asked for and none can start."""
    async with embedding(model) as embedder:
        with pytest.raises(WorkerError) as error:
            await embed(embedder, encoded(PICTURE, ".png"))
    return str(error.value)


async def test_an_onnx_file_is_run_in_the_sandbox_without_a_thread_of_its_own(
    tmp_path: Path,
) -> None:
    tiny = Tiny(input=(3, SIZE, SIZE))
    model = described(
        tmp_path, onnx_file(tiny), "tiny.onnx", layout="nchw", colours="bgr", mean=0.5, std=0.25
    )
    workers = new_children()
    async with embedding(model, threads=2) as embedder:
        asked = [embed(embedder, encoded(PICTURE, ".png")) for _ in range(4)]
        vectors = await asyncio.gather(*asked)
        (worker,) = workers()
        threads = [(task / "status").read_text() for task in Path(f"/proc/{worker}/task").iterdir()]
    wanted = tiny.answer((PICTURE.transpose(2, 0, 1) / 255 - 0.5) / 0.25)
    for vector in vectors:
        assert not isinstance(vector, str)
        assert np.abs(vector - wanted / np.linalg.norm(wanted)).max() < 1e-5
    assert len(threads) == 3
    assert all(re.search(r"^Seccomp:\s2$", status, re.M) for status in threads)
    assert {"no-new-privileges", "limits", "seccomp"} <= {*embedder.sandbox}


@pytest.mark.long
async def test_without_its_package_the_worker_says_how_to_add_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = described(tmp_path, onnx_file(Tiny()), "tiny.onnx")
    monkeypatch.setenv("PYTHONPATH", str(WITHOUT))
    monkeypatch.setenv("WITHOUT", "onnxruntime")
    said = await refusal(model)
    assert "cannot start with the model tiny: it needs onnxruntime, which is not installed" in said
    assert "-m pip install onnxruntime" in said
    assert said.count(". ") == 1, "one sentence for what is wrong, one for what still works"


@pytest.mark.long
async def test_a_second_file_is_out_of_reach_where_the_network_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    large = Tiny(input=(64, 64, 3))
    whole = onnx.load_from_string(onnx_file(large))
    onnx.save(
        whole, "apart.onnx", save_as_external_data=True, location="numbers", size_threshold=1024
    )
    model = described(tmp_path, Path("apart.onnx").read_bytes(), "apart.onnx", size=64)
    network_of(model).prove(PICTURE)  # here, it is read: only the sandbox keeps it from that
    said = await refusal(model)
    assert "its numbers lie in a second file beside it: export it as one file" in said


@pytest.mark.long
@pytest.mark.parametrize("file", ["tiny.tflite", "tiny.onnx"])
async def test_a_file_that_does_not_fit_is_told_of_in_a_sentence(tmp_path: Path, file: str) -> None:
    make = onnx_file if file.endswith("onnx") else tflite_file
    said = await refusal(described(tmp_path, make(Tiny()), file, size=9))
    assert f"cannot start with the model tiny: its input is [n, {SIZE}, {SIZE}, 3]" in said
    broken = make(Tiny())[:100]
    said = await refusal(described(tmp_path, broken, file))
    assert "cannot start with the model tiny: " in said
    assert "cannot read it" in said


@pytest.mark.long
async def test_a_network_that_wants_too_much_memory_is_told_of_in_a_sentence(
    tmp_path: Path,
) -> None:
    made = onnx.load_from_string(onnx_file(Tiny()))
    size = onnx.numpy_helper.from_array(np.array([10**6, 10**6]), "size")
    made.graph.initializer.append(size)
    made.graph.node[-1].output[0] = "small"
    large = onnx.helper.make_node("ConstantOfShape", ["size"], ["large"])
    total = onnx.helper.make_node("ReduceSum", ["large"], ["total"], keepdims=0)
    both = onnx.helper.make_node("Add", ["small", "total"], ["vector"])
    made.graph.node.extend([large, total, both])
    said = await refusal(described(tmp_path, made.SerializeToString(), "tiny.onnx"))
    assert "cannot start with the model tiny: it needs more memory than it may use." in said


@pytest.mark.long
async def test_half_floats_and_sixteen_thousand_numbers_are_answered(tmp_path: Path) -> None:
    tiny = Tiny(dtype="float16", output=(16_384,))
    model = described(tmp_path, onnx_file(tiny), "tiny.onnx", dimension=16_384, std=1)
    async with embedding(model) as embedder:
        vector = await embed(embedder, encoded(PICTURE, ".png"))
    wanted = tiny.answer(PICTURE[..., ::-1] / 255)
    assert not isinstance(vector, str)
    assert vector @ wanted / np.linalg.norm(wanted) > 0.9999
