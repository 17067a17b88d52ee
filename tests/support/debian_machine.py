"""A Debian of its own that systemd boots, beside this machine: only the kernel is shared."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.household import children, until
from tests.support.patience import LONG_DEADLINE
from tests.support.requires import needs_root, needs_tool

PACKAGES = (
    *("acl", "adduser", "bash-completion", "dbus", "dbus-user-session", "libpam-systemd"),
    *("man-db", "procps", "python3-venv", "sudo", "systemd-sysv"),
)
"""What a Debian with people in it has, and what imgsimd needs of it. debootstrap does not find
`dbus` by itself: others require it by names that several packages have."""
NO_MIRROR = "Failed getting release file"
"""What debootstrap says where it reaches no packages."""
CHANGES = "changes"
OFF_SECONDS = 30.0
"""For services to end; then the machine loses its power."""
_BOOT = """
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/changes,workdir=$2/work" "$2/root"
exec systemd-nspawn --quiet --register=no --keep-unit --private-network --console=pipe \
    --machine="imgsimd-$$" --directory="$2/root" --boot
"""

needs_debian_machine = [needs_root, needs_tool("debootstrap", "systemd-nspawn", "setpriv")]
"""The marks of a test that boots one."""


def install_debian(place: Path) -> Path:
    """Debian in a new folder below the place. Skips the test where no packages can be had."""
    (base := place / "debian").mkdir()
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    done = subprocess.run([*command, "bookworm", base], capture_output=True, text=True, check=False)
    if NO_MIRROR in done.stdout + done.stderr:
        pytest.skip(f"needs Debian's packages: {done.stdout[-300:]}")
    assert done.returncode == 0, done.stdout[-3000:]
    return base


class DebianMachine:
    """One that runs."""

    def __init__(self, leader: int) -> None:
        """`leader`: its first process, as this machine numbers it."""
        self._leader = leader

    @property
    def root(self) -> Path:
        """Its files, seen from here."""
        return Path(f"/proc/{self._leader}/root")

    def run(self, script: str, code: int = 0) -> str:
        """What root's shell prints. Fails the test where it ends with another code."""
        return self._shell(script, code, [])

    def run_as(self, user: str, script: str, code: int = 0) -> str:
        """The same, for a user who has logged in."""
        login = ["--property=PAMName=login", f"--uid={user}", "--property=WorkingDirectory=~"]
        return self._shell(script, code, login)

    def _shell(self, script: str, code: int, login: list[str]) -> str:
        service = ["systemd-run", "--pipe", "--wait", "--collect", "--quiet", *login]
        done = _entered(self._leader, *service, "bash", "-elc", script)
        printed = done.stdout + done.stderr
        assert done.returncode == code, f"{script}: {done.returncode}\n{printed}"
        return printed


@contextmanager
def booted(layers: Sequence[Path], place: Path) -> Iterator[DebianMachine]:
    """A machine that begins as the layers say, the first above the others, and leaves them as they
    are. What it writes goes to `changes` in the new folder `place`, which can be a layer of others
    after the end of the block; then the machine is off."""
    for name in (CHANGES, "work", "root"):
        (place / name).mkdir(parents=True)
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-ec", _BOOT]
    with subprocess.Popen(
        [*command, "boot", ":".join(map(str, layers)), place],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as monitor:
        try:
            yield DebianMachine(until(lambda: _first_process(monitor)))
        finally:
            _switch_off(monitor)


def _switch_off(monitor: subprocess.Popen[bytes]) -> None:
    monitor.terminate()
    try:
        monitor.wait(OFF_SECONDS)
    except subprocess.TimeoutExpired:
        monitor.kill()


def _first_process(monitor: subprocess.Popen[bytes]) -> int:
    """The machine's, once all of it runs; 0 until then. Skips the test where none can be had."""
    if monitor.poll() is not None:
        pytest.skip("needs a kernel that lets systemd-nspawn boot a machine")
    for child in children(monitor.pid):
        if _entered(child, "systemctl", "is-system-running").stdout == "running\n":
            return child
    return 0


def _entered(leader: int, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["nsenter", f"--target={leader}", "--all", *command],
        capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False,
        timeout=LONG_DEADLINE,
    )  # fmt: skip
