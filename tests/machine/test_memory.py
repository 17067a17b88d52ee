"""How much memory is left."""

from __future__ import annotations

import math
from pathlib import Path

from imgsimd.machine.memory import available


def test_the_narrowest_limit_counts(tmp_path: Path) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    service = groups / "user.slice/imgsimd.service"
    for folder in (proc / "self", service):
        folder.mkdir(parents=True)
    assert available(proc, groups) == math.inf
    (proc / "meminfo").write_text("MemTotal:  900 kB\nMemAvailable:     800 kB\n")
    (proc / "self/cgroup").write_text("0::/user.slice/imgsimd.service\n")
    assert available(proc, groups) == 800 * 1024
    for group, most in ((service, "max"), (service.parent, "500000")):
        (group / "memory.max").write_text(f"{most}\n")
        (group / "memory.current").write_text("300000\n")
        (group / "memory.stat").write_text("anon 1\ninactive_file 100000\n")
    assert available(proc, groups) == 300_000, "what is only cached can be dropped"
    assert available() > 0
