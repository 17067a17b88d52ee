"""When another version that was installed takes over, and what is said until then."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import imgsimd
from imgsimd.installation import Installation
from imgsimd.renewal import LONGEST_QUIET_CHECKS, QUIET_CHECKS, Found, Renewal
from tests.support.small_installation import SmallInstallation


class Daemon:
    """What a daemon does with its renewal."""

    def __init__(self, installation: Installation, expected: str = "") -> None:
        self.accepted = 0
        self.renewal = Renewal(installation, 5, expected, self._accept)

    def _accept(self) -> None:
        self.accepted += 1

    async def checks(self, count: int = QUIET_CHECKS + 1) -> Found | None:
        """Health checks, up to the one that finds what takes over. As many as by default are what
        is needed if nothing changes meanwhile."""
        for _ in range(count):
            if found := await self.renewal.check():
                return found
        return None

    @property
    def problem(self) -> str:
        """Code and sentence; empty if there is none."""
        problem = self.renewal.problem
        return f"{problem.code}: {problem.sentence}" if problem else ""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallInstallation:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')  # without our packages
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    return SmallInstallation(tmp_path / "site")


@pytest.fixture
def ours(installed: SmallInstallation) -> Installation:
    """As it is at the start."""
    os.utime(installed.site / "imgsimd/__init__.py", (0, 0))  # clocks of file systems are coarse
    return Installation(installed.site)


@pytest.fixture
def daemon(ours: Installation) -> Daemon:
    return Daemon(ours)


async def test_nothing_happens_while_nothing_is_installed(daemon: Daemon) -> None:
    assert await daemon.checks(10) is None
    assert (daemon.problem, daemon.accepted) == ("", 0)


async def test_what_python_keeps_for_itself_changes_nothing(
    daemon: Daemon, installed: SmallInstallation, ours: Installation
) -> None:
    for folder in (installed.site, installed.site / "imgsimd"):
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__/module.cpython-311.pyc").touch()
    assert ours.is_untouched
    assert await daemon.checks() is None
    assert daemon.problem == ""


async def test_another_version_takes_over_once_it_is_at_rest(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install("2", database=6)
    assert await daemon.checks(QUIET_CHECKS) is None
    assert daemon.problem.startswith("update_under_way: ")
    found = await daemon.checks(1)
    assert found is not None
    assert (found.version, found.database, found.flaw) == ("2", 6, "")
    assert found.build == Installation(installed.site).build


async def test_the_same_version_with_other_content_takes_over(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install(daemon="x = 1")
    found = await daemon.checks()
    assert found is not None
    assert found.version == "1"


async def test_the_same_build_installed_again_is_not_taken_for_another(
    daemon: Daemon, installed: SmallInstallation, ours: Installation
) -> None:
    installed.install()
    assert not ours.is_untouched
    assert await daemon.checks() is None
    assert (daemon.problem, daemon.accepted) == ("", 1)
    assert ours.is_untouched


async def test_a_package_that_imgsimd_does_not_need_is_none_of_its_business(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install_package("other", {"other.py": ""})
    assert await daemon.checks() is None
    assert (daemon.problem, daemon.accepted) == ("", 1)


async def test_another_version_of_a_package_that_imgsimd_needs_is_another_build(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.uninstall("cv3")
    installed.install_package("cv3", {"cv3.py": "x = 1\n"}, version="2")
    assert await daemon.checks() is not None


async def test_as_long_as_files_come_and_go_it_waits(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install("2")
    for n in range(3 * QUIET_CHECKS):
        (installed.site / f"~{n}").mkdir()
        assert await daemon.checks(1) is None
    assert daemon.problem.startswith("update_under_way: ")


async def test_a_package_that_is_gone_is_waited_for(
    daemon: Daemon, installed: SmallInstallation, ours: Installation
) -> None:
    """An installer removes the old version of each package before it writes the new one."""
    installed.uninstall("cv3")
    await daemon.checks()
    assert not ours.is_untouched
    assert "cannot be started: ModuleNotFoundError: No module named 'cv3'" in daemon.problem
    installed.install_package("cv3", {"cv3.py": ""})
    assert await daemon.checks() is None
    assert (daemon.problem, ours.is_untouched) == ("", True)


async def test_a_package_that_was_removed_on_purpose_is_not_waited_for_without_end(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install("2")
    (installed.site / "imgsimd/embedding/worker.py").write_text("")
    record = installed.site / "imgsimd-2.dist-info/RECORD"
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(line for line in lines if "worker" not in line))
    installed.uninstall("cv3")
    assert await daemon.checks() is None
    assert "The installed imgsimd lacks cv3, which was there before" in daemon.problem
    assert await daemon.checks(4 * LONGEST_QUIET_CHECKS) is not None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("imgsimd-2.dist-info/RECORD", "imgsimd is not installed completely"),
        ("imgsimd/config.py", "cannot be started"),
        ("imgsimd/extra.py", "imgsimd/extra.py is missing"),
    ],
)
async def test_an_incomplete_version_does_not_take_over(
    daemon: Daemon, installed: SmallInstallation, file: str, said: str
) -> None:
    installed.install("2")
    with (installed.site / "imgsimd-2.dist-info/RECORD").open("a") as record:
        record.write("imgsimd/extra.py,sha256=abc,3\n")
    (installed.site / file).unlink(missing_ok=True)
    assert await daemon.checks() is None
    assert daemon.problem.startswith("update_failed: ")
    assert said in daemon.problem


async def test_what_packages_for_a_distribution_leave_out_is_not_missed(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    """The .deb has no commands of other packages; images of containers often have no tests."""
    installed.install("2")
    with (installed.site / "cv3-1.dist-info/RECORD").open("a") as record:
        record.write("../../../bin/cv3,sha256=abc,3\ncv3/tests/test_cv3.py,sha256=abc,3\n")
        record.write("cv3/__pycache__/a.cpython-311.pyc,,\ncv3/LICENSE,sha256=abc,3\n")
    assert await daemon.checks() is not None


async def test_a_mixture_of_two_versions_does_not_take_over(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install("2")
    (installed.site / "imgsimd/daemon.py").write_text("old = True\n")
    assert await daemon.checks() is None
    assert "imgsimd/daemon.py is not what was installed" in daemon.problem


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (("import nothing_of_the_kind", "pass"), "No module named 'nothing_of_the_kind'"),
        (("", "raise ValueError('roots is no setting')"), "roots is no setting"),
        (("import os; os._exit(1)", "pass"), "cannot be started: it ends without a word"),
        (("def", "pass"), "SyntaxError"),
    ],
)
async def test_a_version_that_cannot_be_started_does_not_take_over(
    daemon: Daemon, installed: SmallInstallation, broken: tuple[str, str], said: str
) -> None:
    installed.install("2", daemon=broken[0], config=broken[1])
    assert await daemon.checks() is None
    assert daemon.problem.startswith("update_failed: The installed imgsimd cannot be started")
    assert said in daemon.problem
    installed.install("3")
    assert await daemon.checks() is not None


async def test_a_version_that_does_not_know_the_database_does_not_take_over(
    daemon: Daemon, installed: SmallInstallation
) -> None:
    installed.install("0.9", database=4)
    assert await daemon.checks() is None
    assert "imgsimd 0.9 was installed, which is too old for the database" in daemon.problem


async def test_what_is_gone_is_said_to_be_removed_and_is_seldom_looked_for(
    daemon: Daemon, installed: SmallInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.uninstall()
    examined = 0
    examine = daemon.renewal._examined

    async def counted() -> Found:
        nonlocal examined
        examined += 1
        return await examine()

    monkeypatch.setattr(daemon.renewal, "_examined", counted)
    assert await daemon.checks(1000) is None
    assert f"imgsimd was removed from {installed.site}" in daemon.problem
    assert examined < 25


async def test_an_installation_that_comes_back_is_used_again(
    daemon: Daemon, installed: SmallInstallation, ours: Installation
) -> None:
    os.rename(installed.site / "imgsimd", installed.site / "~mgsimd")
    assert await daemon.checks() is None
    assert "was removed" in daemon.problem
    os.rename(installed.site / "~mgsimd", installed.site / "imgsimd")
    await daemon.checks()
    assert (daemon.problem, ours.is_untouched) == ("", True)


async def test_what_took_over_and_is_something_else_stays(
    ours: Installation, installed: SmallInstallation
) -> None:
    daemon = Daemon(ours, expected="of another build")
    installed.install("2")
    assert await daemon.checks(100) is None
    assert daemon.problem.startswith("update_failed: Another imgsimd than this one")


async def test_in_a_checkout_nothing_is_looked_at(tmp_path: Path) -> None:
    package = tmp_path / "imgsimd"
    package.mkdir()
    daemon = Daemon(Installation(tmp_path))
    (package / "__init__.py").write_text('__version__ = "2"\n')
    assert await daemon.checks(10) is None
    assert daemon.problem == ""
    assert not Installation(Path(imgsimd.__file__).parent.parent).may_be_replaced
