"""`imgsimctl health` tells programs by its exit code whether everything works."""

from __future__ import annotations

from imgsimd.errors import NotRunningError, UnhealthyError
from tests.support.household import Household


def test_the_exit_code_says_whether_it_works_what_does_not_or_that_it_does_not_run(
    home: Household,
) -> None:
    assert home.ctl("health").returncode == NotRunningError.exit_code
    home.start()
    well = home.ctl("health")
    assert (well.returncode, well.stdout, well.stderr) == (0, b"Everything works.\n", b"")
    home.config.write_text("rots = []")
    home.ctl("reload")
    ill = home.ctl("health")
    assert (ill.returncode, ill.stdout) == (UnhealthyError.exit_code, b"")
    (problem,) = home.status()["problems"]
    said = f"imgsimctl: {problem['sentence']} {problem['remedy']}\n"
    assert ill.stderr.decode() == said
    home.configure()
    home.ctl("reload")
    assert home.ctl("health").returncode == 0
