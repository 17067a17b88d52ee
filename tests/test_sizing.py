"""The arithmetic by which `tests.benchmarks.planning` says what a large gallery needs."""

from __future__ import annotations

import math

import pytest

from imgsimd.milvus.messages import MOST_HITS
from imgsimd.milvus.tables import INDEX_OPTIONS
from tests.benchmarks import planning, sizing
from tests.benchmarks.costing import Costs, Embedding, File, Index
from tests.benchmarks.sizing import Line

MILLION = 1_000_000


def test_a_line_goes_through_both_measurements_and_on() -> None:
    line = Line.through((10, 7.0), (30, 11.0))
    assert line == (5.0, 0.2)
    assert [line.at(10), line.at(30), line.at(100)] == [7, 11, 25]


def test_a_line_reaches_a_limit_where_it_is_as_high() -> None:
    line = Line(5.0, 0.2)
    assert line.at(line.reaches(25)) == pytest.approx(25)
    assert line.reaches(4) == 0
    assert Line(5.0, 0.0).reaches(25) == math.inf


def test_a_disk_takes_its_time_for_each_byte_and_each_pass() -> None:
    line = Line(1.0, 2e-6).on_disk(1000, passes=2)
    assert line.at(1_000_000) == pytest.approx(1 + 2 + 2 * 1e9 / sizing.DISK)


def test_machines_share_the_work_and_none_is_broken_into_parts() -> None:
    day = 86_400
    assert sizing.machines(day, 1.0, cores=1, days=1) == 1
    assert sizing.machines(day + 1, 1.0, cores=1, days=1) == 2
    assert sizing.machines(64 * day, 0.5, cores=16, days=2) == 1


def test_a_graph_is_the_one_that_imgsimd_asks_for() -> None:
    assert INDEX_OPTIONS["HNSW"]["M"] == sizing.HNSW_M


def test_a_graph_takes_its_edges_beside_the_vectors() -> None:
    flat, hnsw = sizing.flat_memory(MILLION, 512), sizing.hnsw_memory(MILLION, 512)
    assert (hnsw - flat) * sizing.LOADABLE == pytest.approx(MILLION * 32 * 4)


def test_an_exact_index_takes_the_vectors_and_what_milvus_keeps_free() -> None:
    assert sizing.flat_memory(90 * MILLION, 1000) == pytest.approx(100e9)


def test_diskann_keeps_less_than_a_quarter_of_the_vectors_in_memory() -> None:
    assert 0.2 < sizing.diskann_memory(MILLION, 3840) / (MILLION * 3840) <= 0.25


@pytest.mark.parametrize(
    ("vector", "photos", "sectors"),
    [(3840, 10, 10), (1920, 10, 10), (960, 10, 4), (256, 16, 2), (16_384, 10, 50)],
)
def test_diskann_never_cuts_a_vector_that_fits_into_a_sector(
    vector: int, photos: int, sectors: int
) -> None:
    assert sizing.diskann_disk(photos, vector) == sectors * sizing.SECTOR_BYTES


def test_a_graph_compares_less_than_all_and_never_more() -> None:
    assert sizing.hnsw_compared(1000, 3840, breadth=200) == 1000
    many = sizing.hnsw_compared(100 * MILLION, 3840, breadth=200)
    assert many == math.ceil(100 * MILLION * 3840 / sizing.SEGMENT_BYTES) * 6_400
    assert many < 100 * MILLION


def test_an_answer_with_as_many_hits_as_allowed_fits_into_a_request() -> None:
    for vector in (960, 3840, 16_384):
        hits = sizing.most_hits(vector)
        assert hits <= MOST_HITS
        assert sizing.answer_bytes(hits, vector) <= sizing.REQUEST_BYTES
    assert sizing.most_hits(16_384) < MOST_HITS


def test_a_push_brings_vectors_and_what_filters_need() -> None:
    assert sizing.push_bytes(10, 3840) == 10 * (3840 + sizing.ROW_BYTES)


def test_nodes_have_the_memory_that_belongs_to_their_cores() -> None:
    assert sizing.nodes(64e9, cores=16) == 1
    assert sizing.nodes(64e9 + 1, cores=16) == 2


@pytest.mark.parametrize(
    ("photos", "figure"),
    [(0.5, 0), (1, 1), (4.9, 2), (5, 5), (999, 500), (12_345_678, 10_000_000), (3e7, 20_000_000)],
)
def test_figures_are_rounded_down_to_what_can_be_remembered(photos: float, figure: int) -> None:
    assert sizing.round_figure(photos) == figure


def test_sizes_and_durations_are_told_with_three_digits() -> None:
    assert [sizing.shown(size) for size in (0, 100, 3840, 999_999, 3.84e12, 8e15)] == [
        "0 bytes", "100 bytes", "3.84 kB", "1 MB", "3.84 TB", "8 PB",
    ]  # fmt: skip
    assert [sizing.lasting(each) for each in (0.0123, 2.5, 119, 600, 36_000, 864_000)] == [
        "12.3 ms", "2.5 s", "119 s", "10 min", "10 h", "10 days",
    ]  # fmt: skip


def test_every_row_of_a_table_has_a_cell_below_each_head() -> None:
    index = Index(Line(0, 3840), Line(0.001, 1.5e-7), 1.1)
    kept = File(Line(0.5, 4e-6), Line(0.1, 4e-6), Line(0.5, 4e-5))
    pictures = [Embedding("12 megapixels", 0.04, 44), Embedding("500 x 375", 0.0065, 270)]
    stored = Line(100_000, 1600)
    costs = Costs(
        960, pictures, {"float32": index, "int8": index}, {"float32": stored, "int8": stored}, kept
    )
    lines = list(planning.tables(costs))
    tables = "\n".join(lines).split("\n\n")
    assert [text for text in tables if text.endswith(".")] == tables[1::2]
    for table in tables[::2]:
        assert len({row.count("|") for row in table.strip().splitlines()}) == 1
