"""What failed is tried again where that may help, and only then; what is damaged is listed."""

from __future__ import annotations

from pathlib import Path

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import FaultKind
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.verdicts import Examined, Verdict
from imgsimd.skips import Reason
from imgsimd.types import Plan, Rename
from tests.support.library import ROOT, add, begin, content_of, opened, vector_of

READERS = {"none of JPEG 1, HEIC 1", "JPEG 1", "HEIC 1", "HEIC without pi-heif"}
"""What reads pictures at first, and refuses them."""
UNLIKE = Fault("it is not an image", FaultKind.NOT_A_PICTURE, "none of JPEG 1, HEIC 1")
BROKEN = Fault("it is damaged", FaultKind.DAMAGED, "JPEG 1")
CRASHING = Fault("it crashes the decoder", FaultKind.CRASH, "HEIC 1")
LACKING = Fault("it is HEIC", FaultKind.LIBRARY_MISSING, "HEIC without pi-heif")
VAST = Fault("it has too many pixels", FaultKind.TOO_MANY_PIXELS, "JPEG 1", 100)
LARGE = Fault("it is too large", FaultKind.TOO_LARGE, allowed=1000)
FAULTS = [UNLIKE, BROKEN, CRASHING, LACKING, VAST, LARGE]
LIMITS: dict[str, int] = {FaultKind.TOO_MANY_PIXELS: 100, FaultKind.TOO_LARGE: 1000}


def fail(gallery: Gallery, *faults: Fault) -> None:
    """As many images fail as there are faults, each for another of these."""
    add(gallery, *range(len(faults)))
    model, waiting = gallery.verdicts.waiting(len(faults))
    read = [Examined(i.id, i.state, content_of(i.state.size)) for i in waiting]
    by_size = {image: faults[image.state.size] for image in read}
    gallery.verdicts.commit(model, [Verdict(image, fault) for image, fault in by_size.items()])


def tried_again(gallery: Gallery) -> list[Fault]:
    """The faults of the images that wait."""
    _, waiting = gallery.verdicts.waiting(1000)
    return [FAULTS[image.state.size] for image in sorted(waiting, key=lambda i: i.state.size)]


def test_nothing_is_tried_again_while_nothing_has_changed(gallery: Gallery) -> None:
    fail(gallery, *FAULTS)
    gallery.verdicts.retry(READERS, LIMITS)
    assert tried_again(gallery) == []
    assert gallery.census.counts().failed == len(FAULTS)


def test_only_what_failed_for_lack_of_it_is_tried_again_with_a_new_package(
    gallery: Gallery,
) -> None:
    fail(gallery, *FAULTS)
    gallery.verdicts.retry(READERS - {"HEIC without pi-heif"}, LIMITS)
    assert tried_again(gallery) == [LACKING]
    assert gallery.census.counts().failed == len(FAULTS) - 1


def test_only_its_own_pictures_are_tried_again_by_a_new_version_of_a_decoder(
    gallery: Gallery,
) -> None:
    fail(gallery, *FAULTS)
    gallery.verdicts.retry((READERS - {"HEIC 1"}) | {"HEIC 2"}, LIMITS)
    assert tried_again(gallery) == [CRASHING]


def test_what_nothing_recognised_is_tried_again_when_there_are_more_formats(
    gallery: Gallery,
) -> None:
    fail(gallery, *FAULTS)
    gallery.verdicts.retry({*READERS, "none of JPEG 1, HEIC 1, RAW 1"} - {UNLIKE.reader}, LIMITS)
    assert tried_again(gallery) == [UNLIKE]


def test_only_what_exceeded_a_limit_is_tried_again_when_it_is_raised(gallery: Gallery) -> None:
    fail(gallery, *FAULTS)
    gallery.verdicts.retry(READERS, LIMITS | {FaultKind.TOO_MANY_PIXELS: 99})
    assert tried_again(gallery) == []
    gallery.verdicts.retry(READERS, LIMITS | {FaultKind.TOO_MANY_PIXELS: 101})
    assert tried_again(gallery) == [VAST]
    gallery.verdicts.retry(READERS, LIMITS | {FaultKind.TOO_LARGE: 1001})
    assert tried_again(gallery) == [VAST, LARGE]


def test_what_failed_before_there_were_causes_is_tried_once(gallery: Gallery) -> None:
    fail(gallery, BROKEN, BROKEN)
    db = gallery._catalog._file.db
    with db.atomic():
        db.execute("UPDATE failures SET cause = NULL")
    gallery.verdicts.retry(READERS, LIMITS)
    assert gallery.census.counts().pending == 2


def test_causes_survive_a_recovery(gallery: Gallery) -> None:
    fail(gallery, *FAULTS)
    gallery.recover()
    gallery.verdicts.retry(READERS - {"HEIC without pi-heif"}, LIMITS)
    assert tried_again(gallery) == [LACKING]


def embed(gallery: Gallery, **read: float) -> None:
    """Images with these names, of which so much could be decoded."""
    gallery.apply(Plan(new={}))
    model, waiting = gallery.verdicts.waiting(1000)
    shares = {ROOT + b"/%s.jpg" % name.removeprefix("_").encode(): s for name, s in read.items()}
    for image in waiting:
        examined = Examined(image.id, image.state, content_of(image.state.size))
        metadata = PictureMetadata("HEIC", 1, read=shares[image.path])
        gallery.verdicts.commit(model, [Verdict(examined, vector_of(b"12345678"), metadata)])


def damaged(gallery: Gallery) -> list[tuple[bytes, float]]:
    """Paths and shares; the count says the same."""
    found = gallery.metadata.damaged(gallery.visibility.roots, 0, 1000)
    assert gallery.census.counts().damaged == len(found)
    return [(image.path, image.read) for image in found]


def test_an_image_of_which_only_a_part_could_be_read_is_searchable_and_listed(
    gallery: Gallery,
) -> None:
    add(gallery, 1, 2, 3)
    embed(gallery, _1=1, _2=0.61, _3=0.9)
    assert damaged(gallery) == [(ROOT + b"/2.jpg", 0.61), (ROOT + b"/3.jpg", 0.9)]
    second = gallery.metadata.damaged([ROOT], 2, 1)
    assert [image.path for image in second] == [ROOT + b"/3.jpg"]
    counts = gallery.census.counts()
    assert (counts.images, counts.failed) == (3, 0)
    gallery.show([])
    assert damaged(gallery) == []
    gallery.show([ROOT])
    assert len(damaged(gallery)) == 2


def test_a_damaged_file_that_is_replaced_is_not_listed_any_more(gallery: Gallery) -> None:
    add(gallery, 1)
    embed(gallery, _1=0.61)
    (image,) = gallery.images.at([ROOT + b"/1.jpg"])
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(size=2))]))
    assert damaged(gallery) == [], "nobody knows what is in it now"
    embed(gallery, _1=1)
    assert damaged(gallery) == []


def test_a_damaged_file_that_cannot_be_read_at_all_by_now_is_listed_once(
    gallery: Gallery,
) -> None:
    add(gallery, 1)
    embed(gallery, _1=0.61)
    (image,) = gallery.images.at([ROOT + b"/1.jpg"])
    gallery.apply(Plan(changed=[image._replace(state=image.state._replace(ctime_ns=9))]))
    model, (waiting,) = gallery.verdicts.waiting(9)
    same = Examined(waiting.id, waiting.state, content_of(1))
    gallery.verdicts.commit(model, [Verdict(same, BROKEN)])
    assert damaged(gallery) == []
    assert gallery.census.counts().failed == 1


def test_a_copy_of_a_damaged_file_is_damaged_and_so_is_what_moves(gallery: Gallery) -> None:
    add(gallery, 1)
    embed(gallery, _1=0.61)
    copy_of_first(gallery)
    assert [share for _, share in damaged(gallery)] == [0.61, 0.61]
    image, copy = gallery.images.at([ROOT + b"/1.jpg", ROOT + b"/2.jpg"])
    assert gallery.inherit([Rename(image.id, copy.path, image.state)]) == 1
    assert damaged(gallery) == [(copy.path, 0.61)]


BEFORE_PLACES = """ALTER TABLE metadata DROP COLUMN gps; ALTER TABLE metadata DROP COLUMN latitude;
    ALTER TABLE metadata DROP COLUMN longitude; DROP TABLE not_duplicates;
    DROP TABLE seen_duplicates; DROP TABLE comparisons; DROP TABLE compared;
    ALTER TABLE models DROP COLUMN stored_as;
    DROP TABLE shared; DROP TABLE shared_roots; DROP TABLE outbox;
    DROP TABLE shared_thumbnails;"""
"""Takes from a database what came with and after the places of photos."""


def test_an_earlier_gallery_of_the_last_version_is_opened(tmp_path: Path) -> None:
    gallery = opened(tmp_path)
    fail(gallery, BROKEN)
    db = gallery._catalog._file.db
    db.conn.executescript(BEFORE_PLACES)
    db.conn.executescript(
        """DROP INDEX failures_cause; ALTER TABLE failures DROP COLUMN cause; DROP TABLE causes;
        DROP INDEX metadata_damaged; ALTER TABLE metadata DROP COLUMN read;
        DELETE FROM _sqlite_migrations WHERE id > 12; PRAGMA user_version = 12"""
    )
    gallery.close()
    gallery = Gallery(tmp_path / "gallery.db")
    begin(gallery)
    assert [failed.kind for failed in gallery.failures.page([ROOT], 0, None)] == [""]
    gallery.verdicts.retry(READERS, LIMITS)
    assert gallery.census.counts().pending == 1


def test_a_damaged_photo_of_an_earlier_gallery_stays_damaged_when_its_place_is_read(
    tmp_path: Path,
) -> None:
    gallery = opened(tmp_path)
    add(gallery, 1)
    embed(gallery, _1=0.61)
    db = gallery._catalog._file.db
    db.conn.executescript(BEFORE_PLACES)
    db.conn.executescript(
        """DELETE FROM headers_backlog;
        DELETE FROM _sqlite_migrations WHERE id > 13; PRAGMA user_version = 13"""
    )
    gallery.close()
    gallery = opened(tmp_path)
    copy_of_first(gallery)
    images = gallery.verdicts.without_metadata(9)
    assert [image.path for image in images] == [ROOT + b"/1.jpg", ROOT + b"/2.jpg"]
    gallery.recover()
    headers = PictureMetadata("HEIC", 1, latitude=50.8225, longitude=-0.1372)
    gallery.verdicts.describe(dict.fromkeys(gallery.verdicts.without_metadata(9), headers))
    assert [share for _, share in damaged(gallery)] == [0.61, 0.61]
    known = [gallery.metadata.of(image.id) or {} for image in images]
    assert [(each["gps"], each["latitude"]) for each in known] == [(1, 50.8225)] * 2
    gallery.recover()
    assert gallery.verdicts.without_metadata(9) == []


def copy_of_first(gallery: Gallery) -> None:
    """Embeds a new file, /2.jpg, with the content of /1.jpg."""
    add(gallery, 2)
    model, (copy,) = gallery.verdicts.waiting(9)
    examined = Examined(copy.id, copy.state, content_of(1))
    assert gallery.verdicts.recognise(model, [examined]) == []


def test_photos_that_need_a_package_are_counted_by_its_name(gallery: Gallery) -> None:
    fail(gallery, *FAULTS)
    (skip,) = gallery.census.counts().skips
    assert (skip.reason, skip.files, skip.package) == (Reason.NO_LIBRARY, 1, "pi-heif")
