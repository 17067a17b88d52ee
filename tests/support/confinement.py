"""Starts a program in as much of the units' sandbox as can be had without systemd.

unshare -Urmn python -m tests.support.confinement HOME WRITABLE... -- PROGRAM ARGUMENT...
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

UNIT = Path(__file__).parents[2] / "systemd/system/imgsimd.service"

# From the kernel's headers, and from <seccomp.h>.
MS_BIND, MS_REC = 4096, 16384
MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_CMP_NE = 0x7FFF0000, 0x00050000, 1

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Confines this process, then becomes the program."""
    at = sys.argv.index("--")
    hide_tmp(keep=[Path.cwd(), Path(sys.prefix), Path(sys.argv[1])])
    make_read_only(but=sys.argv[2:at])
    drop_capabilities()
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _check(_libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
    filter_system_calls(allowed_system_calls(UNIT.read_text()))
    os.execv(sys.argv[at + 1], sys.argv[at + 1 :])  # noqa: S606  # that is its purpose


def hide_tmp(keep: list[Path]) -> None:
    """PrivateTmp=yes, but for what the test itself has there."""
    kept = {path: os.open(path, os.O_PATH) for path in keep if path.is_relative_to("/tmp")}  # noqa: S108
    _mount(b"tmpfs", b"/tmp", b"tmpfs", 0)
    for path, descriptor in kept.items():
        path.mkdir(parents=True, exist_ok=True)
        _mount(b"/proc/self/fd/%d" % descriptor, bytes(path), None, MS_BIND | MS_REC)
        os.close(descriptor)


def make_read_only(but: list[str]) -> None:
    """ProtectSystem=strict, ProtectHome=read-only, ReadWritePaths=."""
    for path in but:
        _mount(os.fsencode(path), os.fsencode(path), None, MS_BIND)
    _set_read_only(b"/", True, AT_RECURSIVE)
    for path in but:
        _set_read_only(os.fsencode(path), False, 0)


def drop_capabilities() -> None:
    """CapabilityBoundingSet=: not even root gets any from the next program on."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
        _check(_libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0))
        capability += 1


def allowed_system_calls(unit: str) -> set[str]:
    """What the SystemCallFilter= lines of the unit leave, expanded by systemd itself."""
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    groups = {
        name: [line.strip() for line in body.splitlines() if line.strip()[:1] not in ("", "#")]
        for name, body in re.findall(r"^(@\S+)\n((?:    .*\n)+)", shown, re.MULTILINE)
    }

    def expand(name: str) -> set[str]:
        return set().union(*map(expand, groups[name])) if name in groups else {name}

    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        calls = set().union(*map(expand, line.removeprefix("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def filter_system_calls(allowed: set[str]) -> None:
    """SystemCallFilter= with SystemCallErrorNumber=EPERM, RestrictAddressFamilies=AF_UNIX."""
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(SCMP_ACT_ERRNO | errno.EPERM))
    for name in allowed - {"socket"}:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # others are unknown here
            _check(seccomp.seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, 0, None))
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    for operation, action in (
        (4, SCMP_ACT_ALLOW),
        (SCMP_CMP_NE, SCMP_ACT_ERRNO | errno.EAFNOSUPPORT),
    ):
        unix = _Comparison(0, operation, 1, 0)
        _check(seccomp.seccomp_rule_add_array(context, action, number, 1, ctypes.byref(unix)))
    _check(seccomp.seccomp_load(context))


def _mount(source: bytes, target: bytes, kind: bytes | None, flags: int) -> None:
    _check(_libc.mount(source, target, kind, flags, None))


def _set_read_only(path: bytes, wanted: bool, flags: int) -> None:
    attributes = (ctypes.c_uint64 * 4)(
        *((MOUNT_ATTR_RDONLY, 0) if wanted else (0, MOUNT_ATTR_RDONLY))
    )
    size = ctypes.sizeof(attributes)
    _check(_libc.syscall(MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, size))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno() or -result
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main()
