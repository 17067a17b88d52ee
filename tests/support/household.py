"""A home with photos in which a real daemon runs, for tests of the whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from imgsimd.client.transport import Transport
from imgsimd.errors import NoDaemonError
from tests.support.patience import DEADLINE, LONG_DEADLINE

SCRIPTS = Path(sys.executable).parent
QUICK = """\
[watching]
quiet_seconds = 0.2
still_seconds = 1.0
health_seconds = 0.5
grace_seconds = 0.5
"""
TIRELESS = """\
[pause]
on_battery = false
under_load = false
"""
"""Indexes whatever else the machine has to do."""
PLANTED = Path(__file__).parent / "planted"
"""A folder for PYTHONPATH: in it, a decoder that obeys the picture (`obedient.py`)."""
WITHOUT = Path(__file__).parent / "without"
"""A folder for PYTHONPATH: with it, the modules that the variable WITHOUT names are missing."""
TOY_FORMAT = Path(__file__).parent / "toy_format"
"""A folder for PYTHONPATH: in it, the decoder of a format that nobody has (`toy.py`)."""


def until(condition: Callable[[], Any], deadline: float = DEADLINE) -> Any:
    """The condition's first true value. Fails the test where there is none in time."""
    end = time.monotonic() + deadline
    while not (value := condition()):
        assert time.monotonic() < end, f"still not: {condition}"
        time.sleep(0.02)
    return value


def _at_normal_priority(text: str) -> str:
    """The settings, with a worker of normal priority."""
    section = "[worker]\nidle_priority = false\n"
    return text.replace("[worker]\n", section) if "[worker]\n" in text else f"{text}\n{section}"


def children(pid: int) -> list[int]:
    """The processes whose parent this is."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # this thread has ended
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def new_children() -> Callable[[], list[int]]:
    """Tells which processes this one has started since, apart from those that have ended: a daemon
    that other tests share is an older child."""
    before = children(os.getpid())
    return lambda: [child for child in children(os.getpid()) if child not in before]


def most_memory(pid: int) -> int:
    """The most bytes that a process has used at any time; 0 if it is gone."""
    with suppress(FileNotFoundError, IndexError):
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return 0


@contextmanager
def indexed(folder: Path, pictures: Sequence[Path]) -> Iterator[Household]:
    """A household whose daemon runs and has indexed these pictures."""
    home = Household(folder)
    for picture in pictures:
        home.add(picture, picture.name)
    home.start()
    home.settle()
    yield home
    home.close()


class Household:
    """Everything lies below one folder; nothing of the real home is seen or touched."""

    def __init__(self, folder: Path, scripts: Path = SCRIPTS) -> None:
        """`scripts` holds the commands `imgsimd` and `imgsimctl`."""
        self.folder = folder
        self.scripts = scripts
        self.photos = folder / "Pictures"
        self.state = folder / ".local/state/imgsimd"
        self.config = folder / ".config/imgsimd/config.toml"
        self.socket = folder / "run/imgsimd/control.sock"
        self.environ = {
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "PATH": f"{scripts}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        self.is_considerate = False
        """Whether `configure` lets it rest, and give way to other programs, as is the default."""
        self.host = ""
        """What other machines call this one, if it shares its gallery: see `share`."""
        self.process: subprocess.Popen[bytes] | None = None
        self.client = Transport(self.socket, LONG_DEADLINE)
        self.photos.mkdir()
        (folder / "run").mkdir(mode=0o700)
        self.configure()

    def configure(self, text: str = "") -> None:
        """Writes the configuration: one root, less patience than by default, no pauses but those
        of the user, and what is given."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        if not self.is_considerate:
            text = _at_normal_priority(f"{text}\n{TIRELESS}")
        self.config.write_text(f'roots = ["{self.photos}"]\n{text}\n{QUICK}')

    def share(self, uri: str, prefix: str, host: str, more: str = "") -> None:
        """Writes the configuration: the gallery is shared by a Milvus server; `more` are further
        lines of its section."""
        self.host = host
        self.configure(
            f'[index]\nbackend = "milvus"\nuri = "{uri}"\nprefix = "{prefix}"\n'
            f'host = "{host}"\n{more}'
        )

    def start(self, *through: str, **environ: str) -> None:
        """Starts the daemon, `through` a command that becomes it; returns when it answers."""
        self.launch(*through, **environ)
        until(self.answers)

    def launch(self, *through: str, **environ: str) -> subprocess.Popen[bytes]:
        """Starts the daemon, `through` a command that becomes it, without waiting for it."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*through, self.scripts / "imgsimd"],
                env=self.environ | environ,
                stdout=log,
                stderr=log,
            )
        return self.process

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        try:
            self.client.get("/v1/status")
        except NoDaemonError:
            return False
        return True

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends the daemon by a signal; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def status(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.client.get("/v1/status"))

    def settle(self, seconds: float = DEADLINE) -> dict[str, Any]:
        """Waits until nothing is pending; returns the status."""
        answer = cast(dict[str, Any], self.client.get("/v1/wait", timeout=seconds))
        assert answer["idle"], answer
        return cast(dict[str, Any], answer["status"])

    def similar(self, path: Path, k: int = 10, **options: bool) -> list[dict[str, Any]]:
        """The matches of an indexed picture, asked by its path."""
        question = {"queries": [{"path": str(path)}], "k": k, **options}
        answer = self.client.post("/v1/similar", question)
        return cast(list[dict[str, Any]], cast(dict[str, Any], answer)["matches"])

    def ids(self, client: Transport | None = None) -> dict[str, int]:
        """Every searchable image of this machine by its name below the photo folder."""
        client = client or self.client
        models = cast(list[dict[str, Any]], client.get("/v1/models"))
        dimension = next(model["dimension"] for model in models if model["in_use"])
        question: dict[str, Any] = {"queries": [{"vector": [1.0] * dimension}], "k": 10000}
        if self.host:
            question["hosts"] = [self.host]
        answer = client.post("/v1/similar", question)
        matches = cast(dict[str, Any], answer)["matches"]
        return {os.path.relpath(m["path"], self.photos): m["id"] for m in matches}

    def ctl(
        self, *arguments: str, stdin: bytes = b"", **environ: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs imgsimctl."""
        return subprocess.run(
            [self.scripts / "imgsimctl", *arguments],
            env=self.environ | environ,
            input=stdin,
            capture_output=True,
            timeout=LONG_DEADLINE,
            check=False,
        )

    def add(self, source: Path, *names: str) -> list[Path]:
        """Copies a picture into the photo folder under these names."""
        paths = [self.photos / name for name in names]
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
        return paths
