"""Has the kernel refuse every system call that decoding does not need (seccomp(2)).

What is on the list may go on; all else fails with EPERM: opening any file, sockets, other programs,
signals to other processes. Conditions look at a call's arguments, which are numbers, not names. A
list of what is allowed stays right when kernels get new calls.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

PROT_EXEC, MAP_SHARED, CLONE_THREAD = 4, 1, 0x10000
"""From linux/mman.h and linux/sched.h."""
SET_MODE_FILTER, SPEC_ALLOW = 1, 4
"""Without the second, kernels before 5.16 switch off for the thread what makes processors fast."""
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
"""What a filter returns (linux/seccomp.h); an error's number is added to _ERRNO."""
_LOAD, _AND, _IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
"""The four instructions that are needed of BPF (linux/bpf_common.h)."""
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
"""Places in `struct seccomp_data`; of each 8-byte argument the lower half is looked at."""


class Masked(NamedTuple):
    """An argument of a call of which the bits in `mask` must be `value`."""

    argument: int
    mask: int
    value: int


ALLOWED: dict[str, tuple[Masked, ...]] = {
    # Files that are open already, and the two ends of the socket.
    "read": (), "write": (), "pread64": (), "lseek": (), "fstat": (), "close": (),
    "recvmsg": (), "sendto": (), "ppoll": (),
    # Memory; but none that is shared (it would not count against the limit), nor new code.
    "mmap": (Masked(2, PROT_EXEC, 0), Masked(3, MAP_SHARED, 0)),
    "mprotect": (Masked(2, PROT_EXEC, 0),),
    "munmap": (), "mremap": (), "madvise": (), "brk": (),
    # Threads, but no processes.
    "clone": (Masked(0, CLONE_THREAD, CLONE_THREAD),),
    "futex": (), "set_robust_list": (), "rseq": (), "membarrier": (), "exit": (), "exit_group": (),
    "sched_yield": (), "sched_getaffinity": (), "gettid": (), "getpid": (),
    # Signals to itself, time, random numbers, and the size of the machine.
    "rt_sigaction": (), "rt_sigprocmask": (), "rt_sigreturn": (), "sigaltstack": (),
    "restart_syscall": (), "nanosleep": (), "clock_nanosleep": (), "clock_gettime": (),
    "getrandom": (), "sysinfo": (),
}  # fmt: skip
"""The system calls of a worker that has loaded its libraries, and the condition on each."""

SECCOMP = {"x86_64": 317, "aarch64": 277}
CLONE3 = 435
"""Its flags lie in memory, where no filter sees them. Told that there is no such call, the C
library uses `clone`."""
NUMBERS = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "mmap": 9, "mprotect": 10,
        "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
        "pread64": 17, "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35,
        "getpid": 39, "sendto": 44, "recvmsg": 47, "clone": 56, "exit": 60, "sysinfo": 99,
        "sigaltstack": 131, "gettid": 186, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_nanosleep": 230, "exit_group": 231,
        "ppoll": 271, "set_robust_list": 273, "getrandom": 318, "membarrier": 324, "rseq": 334,
    },
    "aarch64": {
        "close": 57, "lseek": 62, "read": 63, "write": 64, "pread64": 67, "ppoll": 73, "fstat": 80,
        "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101,
        "clock_gettime": 113, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
        "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
        "rt_sigreturn": 139, "getpid": 172, "gettid": 178, "sysinfo": 179, "sendto": 206,
        "recvmsg": 212, "brk": 214, "munmap": 215, "mremap": 216, "clone": 220, "mmap": 222,
        "mprotect": 226, "madvise": 233, "getrandom": 278, "membarrier": 283, "rseq": 293,
    },
}  # fmt: skip
"""System calls by the machine's name (asm/unistd_64.h, asm-generic/unistd.h)."""
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_* (linux/audit.h): the same numbers mean other calls to a 32-bit process."""


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def allow_only_decoding(also: Iterable[str] = ()) -> bool:
    """Filters the calls of this thread, and of those that it starts from now on, for ever.

    `also` names calls that are allowed besides ALLOWED, whose conditions hold all the same; NUMBERS
    has their numbers. Returns whether it did: False where the kernel or the machine's kind has no
    such filter. The thread must have given up new privileges before.
    """
    machine = platform.machine()
    if machine not in NUMBERS:
        return False
    program = b"".join(_instructions(machine, also))
    filtered = _Program(len(program) // 8, program)
    syscall = ctypes.CDLL(None).syscall
    failed = syscall(SECCOMP[machine], SET_MODE_FILTER, SPEC_ALLOW, ctypes.byref(filtered))
    return not failed


def _instructions(machine: str, also: Iterable[str]) -> Iterator[bytes]:
    yield _instruction(_LOAD, _ARCHITECTURE_AT)
    yield _instruction(_IF_EQUAL, _ARCHITECTURES[machine], then=1)
    yield _instruction(_RETURN, _KILL)
    yield _instruction(_LOAD, _NUMBER_AT)
    yield _instruction(_IF_EQUAL, CLONE3, otherwise=1)
    yield _instruction(_RETURN, _ERRNO + errno.ENOSYS)
    for name, conditions in (dict.fromkeys(also, ()) | ALLOWED).items():
        passing = [*_passing(conditions), _instruction(_RETURN, _ALLOW)]
        yield _instruction(_IF_EQUAL, NUMBERS[machine][name], otherwise=len(passing))
        yield from passing
    yield _instruction(_RETURN, _ERRNO + errno.EPERM)


def _passing(conditions: tuple[Masked, ...]) -> Iterator[bytes]:
    for condition in conditions:
        yield _instruction(_LOAD, _ARGUMENTS_AT + 8 * condition.argument)
        yield _instruction(_AND, condition.mask)
        yield _instruction(_IF_EQUAL, condition.value, then=1)
        yield _instruction(_RETURN, _ERRNO + errno.EPERM)


def _instruction(code: int, operand: int, then: int = 0, otherwise: int = 0) -> bytes:
    """`struct sock_filter`; `then` and `otherwise` say how many instructions are skipped."""
    return struct.pack("=HBBI", code, then, otherwise, operand)
