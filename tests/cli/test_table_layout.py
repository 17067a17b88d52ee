"""Tables fit the terminal: paths lose their middle, words are wrapped. A pipe gets everything."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgsimd.cli import cells, short_paths, table_layout
from imgsimd.cli.cells import Cell, Line, Number, PathCell, Words
from imgsimd.cli.short_paths import near, within
from imgsimd.cli.wrapping import width, wrapped
from imgsimd.words import printable

LONG = "/mnt/archive/photos of the family/2024/Brighton/IMG_0412.jpg"
HERE = (("/home/anna", "~/"), ("/home/anna/Pictures/2024", ""))
COLUMNS = st.integers(40, 120)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
PATHS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30),
    min_size=1, max_size=8,
).map(lambda names: "/" + "/".join(names))  # fmt: skip
CELLS = [
    st.integers(-1, 10**9).map(cells.of),
    st.floats(0, 1).map(cells.similarity),
    TEXTS.map(Words),
    PATHS.map(PathCell),
    st.builds(PathCell, PATHS, st.just(" (~/link): online")),
]
TABLES = st.lists(st.sampled_from(CELLS), min_size=1, max_size=6).flatmap(
    lambda columns: st.lists(st.tuples(*columns), min_size=1, max_size=4)
)


def text(line: Line) -> str:
    return "".join(run.text for run in line)


def fitted(headers: Sequence[str], rows: Sequence[Sequence[object]], columns: int) -> list[str]:
    made = [[cells.of(value) for value in row] for row in rows]
    return [text(line) for row in table_layout.fitted(headers, made, columns) for line in row]


@given(TABLES, COLUMNS)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[Cell, ...]], columns: int) -> None:
    headers = [f"head {number}" for number in range(len(rows[0]))]
    assert all(width(line) <= columns for line in fitted(headers, rows, columns))


@given(TABLES)
def test_in_a_pipe_every_row_is_a_whole_line(rows: list[tuple[Cell, ...]]) -> None:
    headers = ["head"] * len(rows[0])
    lines = [text(line) for line in table_layout.plain(headers, rows)]
    assert len(lines) == len(rows) + 1
    for row, line in zip(rows, lines[1:], strict=True):
        for cell in row:
            assert cell.plain.rstrip() in line


@given(PATHS, COLUMNS)
def test_a_shortened_path_fits_and_keeps_its_name(path: str, columns: int) -> None:
    shown = within(path, columns)
    name = path.rpartition("/")[2]
    assert shown.endswith(name)
    assert width(shown) <= columns or shown in (path, f"…/{name}")


@given(TEXTS.map(printable), st.integers(2, 40))
def test_wrapped_text_fits_and_loses_nothing(words: str, columns: int) -> None:
    lines = wrapped(words, columns)
    assert all(width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (60, LONG),
        (59, "/mnt/archive/…/2024/Brighton/IMG_0412.jpg"),
        (36, "/mnt/archive/…/Brighton/IMG_0412.jpg"),
        (35, "/mnt/…/Brighton/IMG_0412.jpg"),
        (20, "/mnt/…/IMG_0412.jpg"),
        (15, "…/IMG_0412.jpg"),
        (3, "…/IMG_0412.jpg"),
    ],
)
def test_a_path_loses_its_middle_folders_first(columns: int, shown: str) -> None:
    assert within(LONG, columns) == shown


def test_wide_letters_count_twice() -> None:
    assert width("東京") == 4
    assert width("e\u0301té") == 3
    assert width("👩\u200d🚀") == 2
    assert within("/写真/東京/渋谷/桜.jpg", 16) == "/写真/…/桜.jpg"
    assert wrapped("東京 大阪京都", 5) == ["東京", "大阪", "京都"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/anna/Pictures/2024/a.jpg", "a.jpg"),
        ("/home/anna/Pictures/2024/Brighton/a.jpg", "Brighton/a.jpg"),
        ("/home/anna/Pictures/2023/a.jpg", "~/Pictures/2023/a.jpg"),
        ("/home/anna/Pictures/2024", "."),
        ("/home/anna", "~"),
        ("/home/annabel/a.jpg", "/home/annabel/a.jpg"),
        ("/home/anna/Pictures/2024/-rf", "./-rf"),
        ("/home/anna/Pictures/2024/~/a", "./~/a"),
        ("/a", "/a"),
    ],
)
def test_a_path_begins_where_it_is_shortest(path: str, shown: str) -> None:
    assert near(path, HERE) == shown


def test_no_path_begins_at_the_root_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    short_paths.shorthands.cache_clear()
    monkeypatch.chdir("/")
    monkeypatch.setenv("HOME", "/")
    try:
        assert near("/usr/a.jpg", short_paths.shorthands()) == "/usr/a.jpg"
    finally:
        short_paths.shorthands.cache_clear()


MATCHES = [(1, cells.similarity(0.931), Number("0.3715"), PathCell(LONG))]
HEADERS = ("rank", "similarity", "distance", "path")


def test_matches_fit_80_columns() -> None:
    assert fitted(HEADERS, MATCHES, 80) == [
        "rank  similarity  distance  path",
        "   1       93.1%    0.3715  /mnt/archive/…/2024/Brighton/IMG_0412.jpg",
    ]


def test_what_does_not_fit_40_columns_stands_below() -> None:
    assert fitted(HEADERS, MATCHES, 40) == [
        "rank  similarity  distance",
        "    path",
        "   1       93.1%    0.3715",
        "    /mnt/archive/…/Brighton/IMG_0412.jpg",
    ]


REASON = "it is cut off: only 61 % of it is there. Install another package: `pip install pi-heif`."


def test_a_reason_is_wrapped_below_itself_and_a_command_stays_whole() -> None:
    assert fitted(("picture", "reason"), [(PathCell(LONG), REASON)], 80) == [
        "picture                               reason",
        "/mnt/archive/…/Brighton/IMG_0412.jpg  it is cut off: only 61 % of it is there.",
        "                                      Install another package:",
        "                                      `pip install pi-heif`.",
    ]


def test_a_table_may_have_no_header() -> None:
    rows: list[list[Cell]] = [[Words("keep"), Number("1")], [Words(""), Number("10")]]
    lines = ["keep   1", "      10"]
    assert fitted([], rows, 80) == lines
    assert list(map(text, table_layout.plain([], rows))) == lines


def test_a_long_name_is_broken_and_does_not_move_the_other_rows() -> None:
    name = "Screenshot from 2024-01-01 at 10.00.00 - An application.jpg"
    rows = [(1, PathCell(f"/mnt/{name}")), (2, PathCell("/mnt/a.jpg"))]
    assert fitted(("rank", "path"), rows, 50) == [
        "rank  path",
        "   1  …/Screenshot from 2024-01-01 at 10.00.00 - A",
        "      n application.jpg",
        "   2  /mnt/a.jpg",
    ]


def test_a_command_to_copy_stays_whole_even_if_the_terminal_is_narrower() -> None:
    command = "imgsimctl unwatch '/mnt/Archive of the grandparents/Photographs 1950 to 1980'"
    remedy = Words(f"If it is not coming back: {command}", breaks=False)
    assert fitted(("property", "value"), [("what to do", remedy)], 60) == [
        "property    value",
        "what to do  If it is not coming back:",
        f"            {command}",
    ]
    assert wrapped("Run: imgsimctl watch '/a b'", 24) == ["Run:", "imgsimctl watch '/a b'"]


def test_a_column_without_content_takes_no_space() -> None:
    assert fitted(("state", "reason", "folder"), [("online", "", "a")], 80) == [
        "state   folder",
        "online  a",
    ]


def test_a_path_is_a_link_to_the_file_even_if_shortened() -> None:
    ((folder, name, _),) = PathCell("/p/\x1b[2J/long folder/a.jpg").lines(11)
    assert (folder.text, name.text) == ("/p/…/", "a.jpg")
    assert folder.link == name.link == "file:///p/%1B%5B2J/long%20folder/a.jpg"


def test_the_colour_follows_the_closeness() -> None:
    assert [cells.similarity(share).lines(9)[0][0].style for share in (0.96, 0.8, 0.5, 0)] == [
        "green", "yellow", "dim", "dim",
    ]  # fmt: skip
