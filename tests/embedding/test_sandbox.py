"""Code planted in a real worker finds every door locked, while pictures are decoded as before."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from imgsimd.config import Worker
from imgsimd.embedding.sandbox import enter, landlock, seccomp
from tests.support.embedding import embed, embedding
from tests.support.household import PLANTED, new_children
from tests.support.planted import attempts
from tests.support.planted.attempts import ATTEMPTS

pytestmark = pytest.mark.user

LANDLOCK_ALONE = ["read", "list", "write", "make", "rename", "remove", "execute", "internet",
                  "signal"]  # fmt: skip
"""What Landlock refuses without seccomp, since version 6."""
needs_landlock = pytest.mark.skipif(
    landlock.version() < 6, reason="this kernel has no Landlock, or not all of it"
)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that everybody may read and write, in a folder with a socket."""
    path = tmp_path_factory.mktemp("target") / "file"
    path.write_text("untouched")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path.with_name("socket")))
        listener.listen()
        yield path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answers(target: Path) -> dict[str, str]:
    """What came of each attempt in a worker, and what it says of its sandbox."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(PLANTED))
        async with embedding() as embedder:
            found = {}
            for name in ATTEMPTS:
                found[name] = str(await embed(embedder, f"DO attempt {name} {target}".encode()))
            found["sandbox"] = " ".join(embedder.sandbox)
            return found


def succeeds(name: str, path: Path, lock: Callable[[], object] = lambda: True) -> bool:
    """Whether the attempt succeeds in a process of its own, behind that lock alone."""
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(enter.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        os._exit(0 if lock() and attempts.succeeds(name, str(path)) else 1)
    return os.waitpid(child, 0)[1] == 0


@needs_landlock
def test_the_worker_says_what_holds_it_in(answers: dict[str, str]) -> None:
    assert answers["sandbox"] == "no-new-privileges limits landlock seccomp"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_planted_code_is_refused(name: str, answers: dict[str, str], target: Path) -> None:
    assert answers[name] == "refused"
    assert sorted(os.listdir(target.parent)) == ["file", "socket"]
    assert target.read_text() == "untouched"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_what_is_refused_in_a_worker_succeeds_elsewhere(name: str, tmp_path: Path) -> None:
    """Or else the tests above would prove nothing."""
    file = tmp_path / "file"
    file.touch()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        assert succeeds(name, file)


@needs_landlock
@pytest.mark.parametrize("name", LANDLOCK_ALONE)
def test_landlock_refuses_it_where_there_is_no_seccomp(name: str, target: Path) -> None:
    assert not succeeds(name, target, landlock.forbid_all)


@needs_landlock
@pytest.mark.parametrize("name", LANDLOCK_ALONE)
def test_a_process_that_is_confined_to_a_folder_reaches_no_other(
    name: str, target: Path, tmp_path: Path
) -> None:
    """But it can run the machine's programs, which are confined, too."""
    is_refused = not succeeds(name, target, lambda: enter.confine_to(tmp_path, 2**30))
    assert is_refused == (name != "execute")


@pytest.mark.parametrize("name", ["read", "list", "write", "make", "rename", "remove"])
def test_in_its_folder_it_can_do_all(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert succeeds(name, tmp_path / "file", lambda: enter.confine_to(tmp_path, 2**30))


def test_seccomp_refuses_files_and_programs_where_there_is_no_landlock(target: Path) -> None:
    for name in ("read", "write", "connect", "execute", "fork"):
        assert not succeeds(name, target, seccomp.allow_only_decoding), name


def test_a_system_call_that_a_decoder_needs_can_be_allowed(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for machine, number in (("x86_64", 262), ("aarch64", 79)):
        monkeypatch.setitem(seccomp.NUMBERS[machine], "newfstatat", number)
    assert not succeeds("look", target, seccomp.allow_only_decoding)
    assert succeeds("look", target, lambda: seccomp.allow_only_decoding(["newfstatat"]))
    assert not succeeds("read", target, lambda: seccomp.allow_only_decoding(["newfstatat"]))


async def test_every_thread_is_held_in(album: list[Path]) -> None:
    workers = new_children()

    async with embedding(Worker(threads=2)) as embedder:
        await embed(embedder, album[0].read_bytes())
        (worker,) = workers()
        assert Path(f"/proc/{worker}/oom_score_adj").read_text() == "1000\n", "it goes first"
        threads = [(task / "status").read_text() for task in Path(f"/proc/{worker}/task").iterdir()]
    assert len(threads) == 3, "a library's own thread would have started before the sandbox"
    for status in threads:
        assert re.search(r"^NoNewPrivs:\s1$", status, re.M)
        assert re.search(r"^Seccomp:\s2$", status, re.M)


@pytest.mark.parametrize("machine", seccomp.NUMBERS)
def test_the_numbers_of_system_calls_are_those_of_the_kernel(machine: str) -> None:
    header = {"x86_64": "asm/unistd_64.h", "aarch64": "asm-generic/unistd.h"}[machine]
    code = f"#include <{header}>\n" + "".join(f"__NR_{name}\n" for name in seccomp.ALLOWED)
    wanted = ["-D__BITS_PER_LONG=64", "-D__ARCH_WANT_NEW_STAT"]  # as asm/unistd.h has it there
    try:
        result = subprocess.run(
            ["cc", "-E", "-P", *wanted, "-"], input=code.encode(), capture_output=True, check=True
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip(f"there is no C compiler, or no {header}, on this {platform.machine()}")
    numbers = map(int, result.stdout.split()[-len(seccomp.ALLOWED) :])
    assert dict(zip(seccomp.ALLOWED, numbers, strict=True)) == seccomp.NUMBERS[machine]
