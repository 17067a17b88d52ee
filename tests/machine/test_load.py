"""When others need the machine so much that work should wait. The files are those of /proc, filled
by the tests; what this machine's own say is read, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgsimd.machine.load import OWN_SECONDS, SETTLE_SECONDS, WATCH_SECONDS, Load, Need
from imgsimd.machine.pressure import FOLDER, Pressure, Resource
from imgsimd.machine.processor_use import WINDOW_SECONDS, ProcessorUse
from tests.support.load import Others


@pytest.fixture
def others(tmp_path: Path) -> Others:
    return Others(tmp_path)


def needs(load: Load, others: Others, seconds: float = WINDOW_SECONDS) -> Need | None:
    """What is found after so long, by a look each second."""
    need = None
    for _ in range(round(seconds)):
        others.pass_time(1.0)
        need = load.look(others.used, others.now)
    return need


def test_processors_that_others_use_are_theirs_until_they_use_clearly_less(others: Others) -> None:
    load = others.load()
    others.stalls["cpu"], others.use = 0.9, 0.6
    assert needs(load, others) is None, "one and a bit of two cores"
    others.use = 0.75
    assert needs(load, others) == "processor"
    others.use, others.stalls["cpu"] = 0.6, 0.0
    assert needs(load, others, 60) == "processor", "nobody waits now, since we rest"
    others.use = 0.5
    assert needs(load, others) is None


def test_what_we_use_ourselves_is_no_load(others: Others) -> None:
    load = others.load()
    others.stalls["cpu"], others.own, others.use = 1.0, 0.7, 0.2
    assert needs(load, others, 60) is None


def test_what_others_do_at_idle_priority_is_no_load(others: Others) -> None:
    load = others.load()
    others.stalls["cpu"], others.niced = 1.0, 1.0
    assert needs(load, others, 60) is None


def test_where_nobody_waits_for_a_processor_there_are_enough(others: Others) -> None:
    load = others.load()
    others.use = 0.8
    assert needs(load, others, 60) is None


def test_a_program_that_starts_is_no_load_yet(others: Others) -> None:
    load = others.load()
    assert needs(load, others) is None
    others.stalls["cpu"], others.use = 1.0, 1.0
    assert needs(load, others, 2) is None


def test_kernels_without_pressure_still_tell_of_processors(others: Others) -> None:
    for file in others.pressure.iterdir():
        file.unlink()
    others.pressure.rmdir()
    others.pressure = others.pressure.with_name("nowhere")
    others.pressure.mkdir()
    load = Load(Pressure(others.pressure / "not here"), ProcessorUse(others.stat))
    others.use = 0.75
    assert needs(load, others) == "processor"
    others.use = 0.1
    assert needs(load, others) is None


def test_a_worker_that_has_ended_does_not_count_backwards(others: Others) -> None:
    load = others.load()
    others.stalls["cpu"], others.own = 1.0, 0.9
    assert needs(load, others) is None
    others.used = 0.0
    others.own = 0.0
    assert needs(load, others, 30) is None


def test_memory_is_short_while_everything_stands_still(others: Others) -> None:
    load = others.load()
    others.stalls["memory"] = 0.06
    assert needs(load, others) == "memory"
    others.stalls["memory"] = 0.02
    assert needs(load, others) == "memory"
    others.stalls["memory"] = 0.0
    assert needs(load, others) is None


def test_a_disk_that_others_wait_for_is_theirs(others: Others) -> None:
    load = others.load()
    others.stalls["io"] = 0.6
    others.pass_time(1.0)
    assert load.look(others.used, others.now) is None
    assert load.is_probing
    assert needs(load, others, SETTLE_SECONDS + WATCH_SECONDS) == "disk"
    assert not load.is_probing
    others.stalls["io"] = 0.25
    assert needs(load, others) == "disk"
    others.stalls["io"] = 0.1
    assert needs(load, others) is None


def test_a_disk_that_only_we_wait_for_is_ours_for_some_minutes(others: Others) -> None:
    load = others.load()
    others.stalls["io"] = 0.6
    others.pass_time(1.0)
    load.look(others.used, others.now)
    assert load.is_probing
    others.stalls["io"] = 0.0
    assert needs(load, others, SETTLE_SECONDS + WATCH_SECONDS) is None
    assert not load.is_probing
    others.stalls["io"] = 0.6
    assert needs(load, others, OWN_SECONDS - 1) is None
    assert not load.is_probing
    needs(load, others, 2)
    assert load.is_probing


def test_without_work_everything_is_forgotten(others: Others) -> None:
    load = others.load()
    others.stalls["memory"] = 0.06
    assert needs(load, others) == "memory"
    load.forget()
    others.stalls["memory"] = 0.02
    assert needs(load, others) is None


@pytest.mark.parametrize(
    "text",
    ["", "some\n", "some avg10=x avg60=0 avg300=0 total=1\n", "full avg10=1.00 avg60=0.00 "
     "avg300=0.00 total=1\n", "\xff\n"],
    ids=range(5),
)  # fmt: skip
def test_what_a_kernel_says_in_other_words_is_unknown(text: str, tmp_path: Path) -> None:
    (tmp_path / "cpu").write_bytes(text.encode("latin-1"))
    (tmp_path / "io").mkdir()  # reading it fails, as where pressure is turned off
    assert Pressure(tmp_path).of("cpu") is None
    assert Pressure(tmp_path).of("io") is None
    assert Pressure(tmp_path).of("memory") is None


def test_older_kernels_do_not_say_when_all_wait_for_a_processor(tmp_path: Path) -> None:
    line = "some avg10=12.50 avg60=1.00 avg300=0.10 total=2500000\n"
    (tmp_path / "cpu").write_text(line)
    assert Pressure(tmp_path).of("cpu") == (0.125, 0.0, 2.5)


@pytest.mark.parametrize("text", ["", "cpu 1 2 3\n", "cpu a b c d e f g h\n", "intr 1 2\n"])
def test_a_system_that_tells_nothing_of_its_processors_has_no_load(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "stat").write_text(text)
    assert ProcessorUse(tmp_path / "stat").others(1.0, 1.0) is None
    assert ProcessorUse(tmp_path / "nowhere").others(1.0, 1.0) is None


@pytest.mark.parametrize("resource", ["cpu", "memory", "io"])
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"needs {FOLDER}")
def test_this_kernel_is_understood(resource: Resource) -> None:
    stall = Pressure().of(resource)
    if stall is None:
        with pytest.raises(OSError, match=r".*"):
            (FOLDER / resource).read_text()
    else:
        assert 0 <= stall.some <= 1
        assert 0 <= stall.full <= 1


def test_this_system_tells_of_its_processors() -> None:
    use = ProcessorUse()
    use.others(0.0, 0.0)
    sample = use._sample(0.0)
    assert sample is not None
    assert 0 < sample.busy < sample.all
