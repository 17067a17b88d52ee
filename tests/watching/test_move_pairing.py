"""The two halves of a rename are paired; all other events keep their order."""

from __future__ import annotations

import threading

from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, Mask, WatchDescriptor
from watchdog.observers.inotify_move_event_grouper import GroupedInotifyEvent, PathedInotifyEvent

from imgsimd.watching.move_pairing import MovePairer
from tests.support.patience import DEADLINE

FROM, TO = InotifyConstants.IN_MOVED_FROM, InotifyConstants.IN_MOVED_TO
CREATED = InotifyConstants.IN_CREATE


def event(mask: Mask, path: bytes, cookie: int = 0) -> PathedInotifyEvent:
    return PathedInotifyEvent(InotifyEvent(WatchDescriptor(1), mask, cookie, path), path)


def read(pairer: MovePairer, count: int) -> list[GroupedInotifyEvent]:
    found = [pairer.read_event() for _ in range(count)]
    assert None not in found
    return [each for each in found if each is not None]


def test_both_halves_become_one_event_with_others_in_between() -> None:
    pairer = MovePairer()
    source, other, target = event(FROM, b"a", 7), event(CREATED, b"x"), event(TO, b"b", 7)
    pairer.put_event(source)
    assert pairer.get_queued_moved_from_event(7) == source
    pairer.put_event(other)
    pairer.put_event(target)
    assert read(pairer, 2) == [other, (source, target)]
    assert pairer.get_queued_moved_from_event(7) is None


def test_a_half_without_another_becomes_an_event_of_its_own() -> None:
    """The file was moved out, or in."""
    pairer = MovePairer()
    pairer.delay = 0.01
    out, into = event(FROM, b"a", 1), event(TO, b"b", 2)
    pairer.put_event(out)
    pairer.put_event(into)
    assert read(pairer, 2) == [out, into]
    late = event(TO, b"c", 1)
    pairer.put_event(late)
    assert read(pairer, 1) == [late]


def test_thousands_of_renames_are_all_paired() -> None:
    pairer = MovePairer()
    for cookie in range(1, 5001):
        pairer.put_event(event(FROM, b"a%d" % cookie, cookie))
    for cookie in range(5000, 0, -1):
        pairer.put_event(event(TO, b"b%d" % cookie, cookie))
    pairs = read(pairer, 5000)
    assert not any(isinstance(pair, PathedInotifyEvent) for pair in pairs)
    assert len(pairer._events) == len(pairer._halves) == 0


def test_discarded_events_are_never_returned() -> None:
    pairer = MovePairer()
    pairer.put_event(event(FROM, b"a", 1))
    pairer.discard_pending_events()
    pairer.put_event(event(TO, b"b", 1))
    assert read(pairer, 1) == [event(TO, b"b", 1)]


def test_closing_wakes_the_reader() -> None:
    pairer = MovePairer()
    answers: list[GroupedInotifyEvent | None] = []
    reader = threading.Thread(target=lambda: answers.append(pairer.read_event()))
    reader.start()
    pairer.close()
    reader.join(DEADLINE)
    assert answers == [None]
