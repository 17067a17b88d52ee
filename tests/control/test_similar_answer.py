"""What `/v1/similar` says of the machines that share a gallery."""

from __future__ import annotations

from imgsimd.control.routes.similar_answer import MatchAnswer, SimilarAnswer
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.search.other_machines import OtherMachines
from imgsimd.search.query import SearchResult
from imgsimd.shared_ids import HostNumber, shared
from imgsimd.types import ImageId, Match
from imgsimd.vectors import VectorForm

MODEL = Served(ModelKey(1), "i", "m", VectorForm(2))
LAPTOP, NAS = HostNumber(7), HostNumber(9)
THEIRS = ImageId(shared(NAS, ImageId(3)))
MATCHES = [
    Match(1, ImageId(3), b"/a.jpg", 0.1, 1),
    Match(2, THEIRS, b"/a.jpg", 0.2, 2, "nas"),
]
MACHINES = OtherMachines(lambda: "laptop", may_be_missing=True)


def ids(match: MatchAnswer) -> tuple[int, str | None, int | None]:
    return match.id, match.host, match.shared_id


def test_each_match_has_its_machine_and_an_id_that_is_unique_among_all() -> None:
    answer = SimilarAnswer.from_result(SearchResult(MODEL, MATCHES, host=LAPTOP), MACHINES)
    assert list(map(ids, answer.matches)) == [
        (3, "laptop", shared(LAPTOP, ImageId(3))),
        (THEIRS, "nas", THEIRS),
    ]
    assert (answer.local_only, answer.trouble) == (False, None)


def test_where_nothing_is_shared_both_are_null() -> None:
    answer = SimilarAnswer.from_result(SearchResult(MODEL, MATCHES[:1]), None)
    assert list(map(ids, answer.matches)) == [(3, None, None)]


def test_it_says_that_others_were_not_searched_and_why() -> None:
    result = SearchResult(MODEL, MATCHES[:1], host=LAPTOP, trouble="Milvus does not answer.")
    answer = SimilarAnswer.from_result(result, MACHINES)
    assert (answer.local_only, answer.trouble) == (True, "Milvus does not answer.")
