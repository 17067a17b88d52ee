"""The error for a daemon that ended while it started, in the daemon's own words if it left any."""

from __future__ import annotations

import resource

from imgsimd.errors import ConfigError, ImgsimdError, NoDaemonError, with_exit_code
from imgsimd.words import of_signal


def of_start(code: int, logged: str, log: str) -> ImgsimdError:
    """The error for the daemon's exit code (negative: a signal) and what it has logged since its
    start.

    `log` is where the user finds more.
    """
    from imgsimd import logs

    memory = resource.getrlimit(resource.RLIMIT_AS)[0]
    if (code < 0 or code == ImgsimdError.exit_code) and memory != resource.RLIM_INFINITY:
        return ConfigError(
            f"imgsimd could not start with {memory // 2**20:,} MiB of memory: raise the limit "
            f"(`ulimit -v unlimited`), and try again. If that does not help, see {log}."
        )
    if code < 0:
        return NoDaemonError(
            f"imgsimd was ended by {of_signal(-code)} while it started; see {log}."
        )
    if code == 0:
        return NoDaemonError(f"imgsimd was stopped while it started; see {log}.")
    words = logs.last_error(logged)
    if code == ImgsimdError.exit_code or words is None:
        words = f"imgsimd could not start. Please report this, with the end of {log}."
    return with_exit_code(code)(words)
