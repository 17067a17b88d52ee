"""What another gallery knows is added, and nothing that is known here is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from imgsimd.decoding.metadata import PictureMetadata
from imgsimd.errors import ConfigError
from imgsimd.gallery.catalog.failed_images import Fault
from imgsimd.gallery.catalog.not_duplicates import decision
from imgsimd.gallery.gallery import Gallery
from imgsimd.gallery.imports import ForeignImage, ForeignModel, ForeignVector, Taken
from imgsimd.types import FileState, Hidden, ImageId, Plan
from imgsimd.vectors import VectorForm
from tests.support.library import (
    FORM,
    ROOT,
    content_of,
    nearest,
    opened,
    vector_of,
    work_off,
)

MODEL = ForeignModel("m", "m", FORM)
OTHER = ForeignModel("other", "other", FORM)


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = opened(tmp_path)
    yield made
    made.close()


def foreign(number: int, path: bytes | None = None, model: int = 0) -> ForeignImage:
    """A photo of a folder that is not watched here."""
    content = content_of(number)
    vector = ForeignVector(model, FORM.to_bytes(vector_of(content)), 1)
    state = FileState(100 + number, 1000 + number, 3, number)
    place = path or b"/elsewhere/%d.jpg" % number
    return ForeignImage(ImageId(number), place, state, content, vectors=[vector])


def take(
    gallery: Gallery,
    images: Sequence[ForeignImage],
    models: Sequence[ForeignModel] = (MODEL,),
    new_ids: bool = False,
) -> Taken:
    return gallery.imports.take(images, models, "blake3", new_ids)


def see(gallery: Gallery) -> None:
    """The other gallery's folder is watched here from now on, and its photos are in it."""
    gallery.show([ROOT, b"/elsewhere"])
    hidden = gallery.images.hidden(b"/elsewhere", [Hidden.EXPECTED], b"", 100)
    gallery.apply(Plan(returned=hidden))


def waiting(gallery: Gallery) -> list[int]:
    return [image.id for image in gallery.verdicts.waiting(100)[1]]


def test_images_keep_their_ids_and_are_found_once_their_files_are_seen(
    gallery: Gallery,
) -> None:
    assert take(gallery, [foreign(7), foreign(9)]) == Taken(2, 0, 0, [])
    query = vector_of(content_of(9))
    assert nearest(gallery, query, 5) == []
    see(gallery)
    assert [match.id for match in nearest(gallery, query, 5)] == [9, 7]
    assert waiting(gallery) == []


def test_an_id_that_was_in_use_is_not_given_to_another_photo(gallery: Gallery) -> None:
    gallery.apply(Plan(new={ROOT + b"/a.jpg": FileState(1, 1, 1, 1)}))
    gallery.forget(gallery.images.at([ROOT + b"/a.jpg"]))
    assert take(gallery, [foreign(1), foreign(2)]) == Taken(1, 0, 0, [ImageId(1)])
    assert take(gallery, [foreign(1)], new_ids=True) == Taken(1, 0, 0, [])
    assert [image.id for image in gallery.images.at([b"/elsewhere/1.jpg"])] == [3]


def test_a_photo_that_is_known_here_keeps_its_id_and_is_not_embedded_again(
    gallery: Gallery,
) -> None:
    image = foreign(5, ROOT + b"/a.jpg")
    gallery.apply(Plan(new={image.path: image.state._replace(inode=99)}))
    assert waiting(gallery) == [1]
    assert take(gallery, [image]) == Taken(0, 1, 0, [])
    assert waiting(gallery) == []
    assert [match.id for match in nearest(gallery, vector_of(content_of(5)), 5)] == [1]
    assert take(gallery, [image]) == Taken(0, 1, 0, []), "it can be done again"


def test_another_file_at_its_path_stays_what_it_is(gallery: Gallery) -> None:
    image = foreign(5, ROOT + b"/a.jpg")
    gallery.apply(Plan(new={image.path: FileState(1, 1, 1, 1)}))
    work_off(gallery, {image.path: content_of(1)})
    assert take(gallery, [image]) == Taken(0, 0, 1, [])
    assert nearest(gallery, vector_of(content_of(1)), 1)[0].distance == 0
    assert gallery.images.contents([ImageId(1)]) == {1: content_of(1)}


def test_in_a_watched_folder_too_an_image_is_hidden_until_its_file_is_seen(
    gallery: Gallery,
) -> None:
    image = foreign(5, ROOT + b"/a.jpg")
    take(gallery, [image])
    assert nearest(gallery, vector_of(content_of(5)), 5) == []
    (known,) = gallery.images.at([image.path])
    gallery.apply(Plan(returned=[known]))
    assert [match.id for match in nearest(gallery, vector_of(content_of(5)), 5)] == [5]


def test_what_was_left_out_stays_so(gallery: Gallery) -> None:
    take(gallery, [replace(foreign(5), is_left_out=True)])
    see(gallery)
    assert gallery.images.count_hidden(b"/elsewhere")[Hidden.LEFT_OUT] == 1


def test_vectors_of_another_model_are_kept_for_it(gallery: Gallery) -> None:
    take(gallery, [foreign(5)], [OTHER])
    see(gallery)
    assert waiting(gallery) == [5], "the model in use has no vector of it"
    gallery.aim("other", "other", FORM, {"m", "other"})
    assert (gallery.serving.name, waiting(gallery)) == ("other", [])
    assert [match.id for match in nearest(gallery, vector_of(content_of(5)), 5)] == [5]


def test_vectors_of_another_dimension_and_other_hashes_change_nothing(gallery: Gallery) -> None:
    take(gallery, [foreign(1)])
    with pytest.raises(ConfigError, match="are 9 numbers stored as float32, and those of"):
        take(gallery, [foreign(2)], [MODEL._replace(form=VectorForm(9))])
    with pytest.raises(ConfigError, match=r"hashed by sha256, and those of this gallery by blake3"):
        gallery.imports.take([foreign(2)], [MODEL], "sha256", False)
    assert gallery.images.at([b"/elsewhere/2.jpg"]) == []


def test_failures_and_metadata_come_with_their_images(gallery: Gallery) -> None:
    metadata = PictureMetadata("TOY", 1, 40, 30, taken="2024-05-01T13:45:07")
    failed = replace(foreign(2), vectors=[], fault=Fault("it is cut off", "cut_off", "JPEG 1"))
    take(gallery, [replace(foreign(1), metadata=metadata, needs_headers=True), failed, foreign(3)])
    described = gallery.metadata.of(ImageId(1))
    assert described
    assert (described["width"], described["taken"]) == (40, "2024-05-01T13:45:07")
    failure = gallery.failures.of(ImageId(2))
    assert failure
    assert (failure.reason, failure.kind) == ("it is cut off", "cut_off")
    see(gallery)
    assert waiting(gallery) == []
    assert [image.id for image in gallery.verdicts.without_metadata(9)] == [1, 3]


def test_a_vector_by_another_version_of_a_decoder_answers_until_it_is_replaced(
    gallery: Gallery,
) -> None:
    old = replace(foreign(1), metadata=PictureMetadata("JPEG", 1))
    old = replace(old, vectors=[old.vectors[0]._replace(version=99)])
    take(gallery, [old])
    see(gallery)
    assert waiting(gallery) == [1]
    assert [match.id for match in nearest(gallery, vector_of(content_of(1)), 5)] == [1]


def test_ids_folders_and_decisions_of_the_other_gallery_are_heeded(gallery: Gallery) -> None:
    here, there = decision(content_of(1), content_of(2)), decision(content_of(1), content_of(1), 2)
    gallery.folders.remember(ROOT, (3, 4))
    gallery.imports.end(ImageId(1000), [ROOT, b"/elsewhere"], [here, there])
    gallery.apply(Plan(new={ROOT + b"/a.jpg": FileState(1, 1, 1, 1)}))
    assert gallery.images.last_id() == 1001
    assert gallery.folders.remembered(ROOT) == (3, 4)
    assert gallery.folders.remembered(b"/elsewhere") == (0, 0)
    assert gallery.duplicates.decisions() == [here, there]


def test_the_same_import_again_spares_nothing_that_is_to_be_embedded_again(
    gallery: Gallery,
) -> None:
    """A vector that the present decoder did not make stays outdated."""
    old = replace(foreign(1), metadata=PictureMetadata("JPEG", 1))
    old = replace(old, vectors=[old.vectors[0]._replace(version=99)])
    take(gallery, [old])
    take(gallery, [old])
    see(gallery)
    assert waiting(gallery) == [1]
