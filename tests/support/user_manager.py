"""A systemd of our own, as the manager of a user's services, apart from the machine's.

It runs in namespaces of its own (mounts and processes), with a control group of its own, and ends
with the test. Needs root, since nobody else may mount the control groups.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.household import children, until
from tests.support.patience import LONG_DEADLINE
from tests.support.requires import IS_ROOT

SYSTEMD = Path("/lib/systemd/systemd")
GROUPS = "/sys/fs/cgroup"
MOUNTS = f"""
mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 1
umount -R {GROUPS}; mount -t cgroup2 none {GROUPS} || exit 1
"""
"""systemd asks for both. The machine's own stay as they are."""
START = f"""
{MOUNTS}
mkdir -p {GROUPS}/$GROUP/manager && echo $$ > {GROUPS}/$GROUP/manager/cgroup.procs || exit 1
{SYSTEMD} --user; exit  # it must not be process 1, which would be a whole system
"""
CLEAN = f"{MOUNTS} find {GROUPS}/$GROUP -depth -type d -exec rmdir {{}} + 2> /dev/null"


class UserManager:
    """Runs commands where systemd is."""

    def __init__(self, pid: int, environ: Mapping[str, str]) -> None:
        self._pid = pid
        self._environ = environ

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a command as the user of this manager would."""
        inside = ["nsenter", "--target", str(self._pid), "--mount", "--pid", "--", *command]
        return subprocess.run(
            inside, env=self._environ, capture_output=True, text=True, cwd="/",
            timeout=LONG_DEADLINE, check=False,
        )  # fmt: skip

    def show(self, *properties: str) -> list[str]:
        """Properties of the service, as `systemctl show` prints them."""
        names = [f"--property={name}" for name in properties]
        return self.run("systemctl", "--user", "show", *names, "imgsimd").stdout.splitlines()

    def is_running(self) -> bool:
        return self.run("systemctl", "--user", "is-system-running").stdout.strip() in (
            "running",
            "degraded",
        )


@contextmanager
def user_manager(environ: Mapping[str, str], log: Path) -> Iterator[UserManager]:
    """A manager for the user with this HOME and XDG_RUNTIME_DIR. Skips the test where there can be
    none."""
    if not (IS_ROOT and SYSTEMD.exists()):
        pytest.skip("needs root, and systemd")
    apart = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    environ = {**environ, "GROUP": f"imgsimd-test-{os.getpid()}"}
    with log.open("wb") as output:
        outer = subprocess.Popen(
            [*apart, "sh", "-c", START], env=environ, stdout=output, stderr=output
        )
    try:
        (pid,) = until(lambda: outer.poll() is not None or children(outer.pid)) or [0]
        manager = UserManager(pid, environ)
        until(lambda: outer.poll() is not None or manager.is_running())
        if outer.poll() is not None:
            pytest.skip(f"needs a systemd that starts: {log.read_text(errors='replace')}")
        yield manager
    finally:
        outer.kill()
        outer.wait()
        clean = [*apart, "sh", "-c", CLEAN]  # fails until the last process has ended
        until(lambda: subprocess.run(clean, env=environ, check=False).returncode == 0)
