"""The address of a question: it says all of it, and survives whatever a folder is called."""

from __future__ import annotations

import pytest

from imgsimd.errors import RequestError
from imgsimd.web.filters import chips
from imgsimd.web.search import END, MOST_ASKED, Search


def read(address: str) -> Search:
    return Search.read(address.partition("?")[2].encode())


@pytest.mark.parametrize(
    "search",
    [
        Search(("12",)),
        Search(("12", "u" + 32 * "a")),
        Search(("12",), under=("/photos/2021", "/a&b=c#d%20", "/line\nbreak", "/\udcff\u202e")),
        Search(("12",), since="2021-05", until="last month"),
        Search(("12",), format=("JPEG", "camera raw"), camera=("Canon EOS R5", 'a"b')),
        Search(("12",), max_distance=0.62, same=True, every=True, filters=True, open=7, page=3),
    ],
)
def test_an_address_says_all_of_a_question(search: Search) -> None:
    assert search.address().isascii()
    assert read(search.address()) == search
    assert all(value.isprintable() for _, value in search.pairs())  # so that any form can hold it


@pytest.mark.parametrize(
    "address",
    [
        "?of=1&page=0",
        "?of=1&page=168",
        "?of=1&page=x",
        "?of=1&open=-1",
        "?of=1&max_distance=far",
        "?of=1&max_distance=-1",
        "?of=1&max_distance=nan",
        "?of=1&under=photos",
        "?of=1&under=/a%2500",
        "?of=1&format=nonsense",
        "?of=1&since=1.5.2021",
        "?of=1&since=2021&until=2020",
        "?" + "&".join(f"of={n}" for n in range(MOST_ASKED + 1)),
        "?" + "&".join(f"x={n}" for n in range(1000)),
    ],
)
def test_an_address_that_makes_no_sense_is_refused_in_a_sentence(address: str) -> None:
    with pytest.raises(RequestError, match=r"^[A-Z'0-9].*[.]$") as refused:
        read(address).conditions()
    assert refused.value.status == 400


def test_the_end_of_the_slider_cuts_nothing() -> None:
    assert read(f"?of=1&max_distance={END}").max_distance is None


def test_the_slider_does_not_cut_photos_that_show_the_very_picture() -> None:
    search = read("?of=1&max_distance=0.1")
    assert not search.is_within(0.4)
    assert search.but(same=True).is_within(0.4)


def test_what_an_address_says_twice_counts_once() -> None:
    assert read("?of=1&of=2&of=1").of == ("1", "2")


def test_each_filter_is_a_chip_that_takes_it_away() -> None:
    search = Search(
        ("12",),
        under=("/photos/2021",),
        since="2021-05",
        until="2021-05",
        format=("JPEG",),
        camera=("Canon",),
        same=True,
    )
    found = chips(search)
    assert [chip.label for chip in found] == [
        "only copies of this picture",
        "in /photos/2021",
        "from May 2021",
        "JPEG",
        "Canon",
    ]
    for chip in found:
        assert chip.label not in [each.label for each in chips(read(chip.address))]
        assert len(chips(read(chip.address))) == len(found) - 1


def test_two_ends_of_a_time_are_taken_away_one_by_one() -> None:
    assert [chip.label for chip in chips(Search(("1",), since="2020-02", until="2021"))] == [
        "February 2020 or later",
        "2021 or earlier",
    ]
