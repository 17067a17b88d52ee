"""Changes catalog and index together: SQLite commits first, then the index is brought up to date.

An image is searchable if it is shown (see `Visibility`) and has a vector of the serving model. All
of this runs on one thread (`thread.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from imgsimd.gallery.answering import Answering
from imgsimd.gallery.attributes import Attributes
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.database import alone
from imgsimd.gallery.catalog.images import MOST_TWINS
from imgsimd.gallery.catalog.model_keys import Served
from imgsimd.gallery.census import Census
from imgsimd.gallery.consistency import Flawed, compare
from imgsimd.gallery.counting import Counting
from imgsimd.gallery.duplicate_records import DuplicateRecords
from imgsimd.gallery.folder_history import Folders
from imgsimd.gallery.imports import Imports
from imgsimd.gallery.index import Index, MakeStore, in_memory
from imgsimd.gallery.inheritance import Inheritance
from imgsimd.gallery.listing import Listing
from imgsimd.gallery.model_switch import ModelSwitch
from imgsimd.gallery.other_indexes import OtherIndexes
from imgsimd.gallery.pushes import Pushes
from imgsimd.gallery.records import Records
from imgsimd.gallery.stored_vectors import StoredVectors
from imgsimd.gallery.thumbnail_pushes import ThumbnailPushes
from imgsimd.gallery.verdicts import Verdicts
from imgsimd.gallery.visibility import Visibility
from imgsimd.types import (
    ContentHash,
    FilePath,
    Hidden,
    ImageId,
    Known,
    Plan,
    Rename,
)
from imgsimd.vectors import VectorForm

_INSPECTED = 1000
"""Images inspected at once: a few milliseconds, so that questions get in between."""
_LAST_ID = ImageId(2**63 - 1)


class Gallery:
    """What we know. Catalog and index agree after every method, and after a restart, whenever the
    process may die."""

    def __init__(
        self,
        file: Path,
        check_owner: Callable[[], None] = alone,
        make_store: MakeStore = in_memory,
    ) -> None:
        """Opens the catalog (see `DatabaseFile`); nothing is searchable before `aim` and `show`."""
        self._catalog = Catalog(file, check_owner)
        self.images = self._catalog.images
        """This table and the next four are for reading: most changes concern the index, too."""
        self.failures = self._catalog.failures
        self.metadata = self._catalog.metadata
        self.raw_pairs = self._catalog.raw_pairs
        self.shots = self._catalog.shots
        self._backlog = self._catalog.backlog
        self._inheritance = Inheritance(self._catalog)
        self._model_switch = ModelSwitch(self._catalog)
        self.folders = Folders(self._catalog)
        """What is remembered of folders, as distinct from the images in them."""
        self.visibility = Visibility()
        """Which images are shown. Only `show` changes it."""
        self._index = Index(self._catalog, self.visibility, make_store)
        self.verdicts = Verdicts(self._catalog, self._model_switch, self.visibility, self._index)
        """What came of embedding images."""
        self.census = Census(
            self._catalog, self._model_switch, self.visibility, self._index, self.verdicts
        )
        self.imports = Imports(self._catalog, self._model_switch, self._index)
        """Takes images of another gallery."""
        self.duplicates = DuplicateRecords(
            self._catalog, self._model_switch, self.visibility, self._index
        )
        """What those need to know who look for duplicates."""
        self.records = Records(self._catalog, self._model_switch, self.visibility, self._index)
        """All that is known of one image."""
        self.attributes = Attributes(self._catalog)
        """Which images fit conditions."""
        self.others = OtherIndexes(self._catalog, self.visibility, make_store, self._index)
        """Those of models that do not serve."""
        self.in_memory = OtherIndexes(self._catalog, self.visibility, in_memory, self._index)
        """Those that answer while a store on another machine cannot be used."""
        self.answering = Answering(
            self._catalog, self._model_switch, self._index, self.attributes, lambda: self.serving
        )
        """What answers questions to the serving model."""
        self.lookup = self.answering.lookup
        """Which image a file is."""
        self.listing = Listing(self._catalog, self._index, self.attributes)
        """The images one after the other."""
        self.counting = Counting(self.visibility, self._index, self.attributes)
        """How many there are in each folder, of each month, and so on."""
        self.stored_vectors = StoredVectors(
            self._catalog, self._model_switch, self.others, self.in_memory
        )
        """How many there are by each model, and their removal."""
        self.pushes = Pushes(self._catalog, self._index)
        """What a store that several hosts share has to learn."""
        self.thumbnail_pushes = ThumbnailPushes(self._catalog, self.visibility)
        """The thumbnails that it has, and has to get."""
        self.recoveries = 0
        """How often a damaged catalog was replaced by what could be read from it."""

    def close(self) -> None:
        """Ends the connection to the database."""
        self._catalog.close()

    def ensure_in_place(self) -> None:
        """Puts the database back if its file was removed or replaced. Raises CatalogError."""
        self._catalog.ensure_in_place()

    def is_damaged(self) -> bool:
        """Whether SQLite finds anything wrong. Reads the whole database, for seconds."""
        return self._catalog.is_damaged()

    def recover(self) -> None:
        """Continues with what can be read from a damaged database; the rest must be found by a
        scan. Raises CatalogError if that cannot be stored."""
        self._catalog.recover()
        self.recoveries += 1
        if self._model_switch.look_up_keys():
            self._model_switch.reach_target()
            self.reload()

    @property
    def vector_bytes(self) -> int:
        """See `Index.vector_bytes`."""
        return self._index.vector_bytes

    # Models

    @property
    def serving(self) -> Served:
        """The model whose vectors answer questions."""
        return self._model_switch.serving

    @property
    def target(self) -> Served:
        """The model to work towards; `serving` once every image has its vector."""
        return self._model_switch.target

    @property
    def models(self) -> list[Served]:
        """All that have or had vectors here, or will have, the first known first."""
        return self._catalog.models.all()

    @property
    def remembered(self) -> Served | None:
        """The model that answered last, also before `aim`; None if there is none."""
        return self._model_switch.remembered

    def aim(
        self,
        identity: str,
        name: str,
        form: VectorForm,
        usable: Collection[str],
        at_once: bool = True,
    ) -> Served:
        """Makes this the target; returns the model that answers meanwhile.

        With nothing to answer from yet, the target serves at once; and, if `at_once`, where every
        image has its vector already. A serving model whose identity is not among the `usable` ones
        goes on answering, but nothing new is embedded with it.
        """
        if self._model_switch.aim(identity, name, form, usable) and at_once:
            self.reach_target()
        return self.serving

    def load_target(self) -> bool:
        """If every image has a vector of the target, loads these beside those that answer, for a
        moment; whether there is no more to load. So `reach_target` takes no time."""
        if not (self.visibility.roots and self._model_switch.is_target_ready):
            return True
        return self.others.load(self.target)

    @property
    def target_bytes(self) -> int:
        """What the vectors of the target take, for all that is searchable."""
        return self.target.form.size * len(self._index)

    def reach_target(self) -> bool:
        """Switches to the target if every image has its vector; says whether it did. Takes as long
        as to load the index, unless `load_target` comes first."""
        has_changed = self._model_switch.reach_target()
        if self._index.model != self.serving.key:
            self._serve()
        return has_changed

    def _serve(self) -> None:
        """The index becomes that of the serving model."""
        if loaded := self.others.find(self.serving):
            self._index.become(loaded)
        else:
            self.reload()

    # Roots

    def show(self, roots: Sequence[FilePath]) -> None:
        """From now on, images below these roots are shown, unless they are missing; all others are
        hidden. A gallery that is shared shares them."""
        if not set(roots) <= set(self.visibility.roots):
            self.pushes.share_folders(roots)  # first: what is not pushed yet is searched here
        self._index.show(roots)

    # Folders that move

    @property
    def version(self) -> object:
        """Equal for as long as nothing is written to the catalog."""
        return self._catalog.version

    def swap_folders(self, moves: Mapping[FilePath, FilePath]) -> None:
        """See `Inheritance.of_folders`. Blocks as long as it takes to load the index."""
        with self._catalog.lasting():
            self._inheritance.of_folders(moves)
        self._catalog.blocks.touch_all()
        self.reload()

    def inherit(self, renames: Sequence[Rename], is_folder: bool = False) -> int:
        """Each image lies under this path now; see `Inheritance.of_photos`. Returns how many."""
        with self._catalog.lasting():
            moved, gone = self._inheritance.of_photos(renames, is_folder)
        self._catalog.look_again()
        self._catalog.blocks.touch(moved)
        self._index.refresh([*moved, *gone])
        return len(moved)

    # Disk to catalog

    def by_content(self, contents: Collection[ContentHash]) -> dict[ContentHash, list[Known]]:
        """The known images with one of these contents: at most MOST_TWINS of each content, missing
        ones first.

        Images below a root that is offline are left out: they seem to be missing, but are not.
        """
        found = self.images.by_content(contents, MOST_TWINS)
        is_within = self.visibility.is_within
        return {c: [i for i in owners if is_within(i.path)] for c, owners in found.items()}

    def apply(self, plan: Plan) -> list[Known]:
        """Carries out the plan, except for its missing images: `hide` and `forget` are for them.

        Returns the images at whose paths others lie now: they are hidden as gone, since their files
        may turn up. An image of the very file that another one has become is forgotten.
        """
        renamed = {rename.id for rename in plan.renamed}
        arrived = {rename.path: rename.state for rename in plan.renamed}
        occupants = self.images.at(arrived)
        others = [image for image in occupants if image.id not in renamed]
        same = [i.id for i in others if i.state.moved_from(arrived[i.path])]
        displaced = [image for image in others if image.id not in same]
        with self._catalog.lasting() if plan.new else self._catalog.atomic():
            self.images.forget(same)
            self.images.displace(displaced)
            self.images.step_aside(renamed.intersection(image.id for image in occupants))
            self.images.rename(plan.renamed)
            ids = self.images.insert(plan.new.items())
            present = [*plan.changed, *plan.returned]
            self.images.set_state((image.id, image.state) for image in present)
            ids += [image.id for image in plan.changed]
            self._backlog.add(ids, self._model_switch.keys)
        moved = [image.id for image in (*displaced, *present)]
        self._catalog.blocks.touch([*renamed, *moved])
        self._index.remove(same)
        outside = [
            rename.id for rename in plan.renamed if not self.visibility.is_within(rename.path)
        ]
        if displaced or outside:
            self._index.hide([*(image.id for image in displaced), *outside])
        if self._index.reveal([*renamed, *(image.id for image in present)]):
            self._catalog.look_again()
        return displaced

    def forget(self, images: Collection[Known]) -> None:
        """Removes these images from catalog and index, except those with another path by now."""
        ids = [image.id for image in self._unmoved(images)]
        with self._catalog.atomic():
            self.images.forget(ids)
        self._index.remove(ids)

    def hide(self, images: Collection[Known], why: Hidden) -> None:
        """Keeps these images but hides them, except those with another path by now."""
        ids = [image.id for image in self._unmoved(images)]
        with self._catalog.atomic():
            self.images.hide(ids, why)
        self._catalog.blocks.touch(ids)
        self._index.hide(ids)

    def _unmoved(self, images: Collection[Known]) -> list[Known]:
        """Those that still have one of these paths."""
        places = {image.path for image in images}
        known = self.images.by_id([image.id for image in images])
        return [image for image in known if image.path in places]

    def enqueue(self, ids: Collection[ImageId]) -> None:
        """Adds these images to the backlog, though their files have not changed. Unknown ids are
        ignored."""
        known = [image.id for image in self.images.by_id(ids)]
        with self._catalog.atomic():
            self._backlog.add(known, self._model_switch.keys)

    # Questions

    def asked(self, model: Served) -> Answering:
        """What answers questions to this model. Raises IndexMissingError if it is not the serving
        one, and its index is not loaded: `others.load` does that."""
        if model == self.serving:
            return self.answering
        return self._answering(model, self.others.get(model))

    def asked_alone(self, model: Served) -> Answering:
        """What answers questions to this model from this machine's memory. Raises IndexMissingError
        if its vectors are not loaded: `in_memory.load` does that."""
        return self._answering(model, self.in_memory.get(model))

    def _answering(self, model: Served, index: Index) -> Answering:
        among = None if model == self.serving else self._index
        parts = self._catalog, self._model_switch, index, self.attributes
        return Answering(*parts, lambda: model, among)

    # Soundness

    def inspect(self, after: ImageId) -> tuple[ImageId | None, list[Flawed]]:
        """The last id of the images that were inspected, and their flaws: the next ones after this
        id. Instead of the last id, None if there are no more."""
        entries = self.images.entries(after, _INSPECTED, self.serving.key)
        last = entries[-1].id if len(entries) == _INSPECTED else None
        is_embedding = self.serving.key in self._model_switch.keys  # else nobody waits for it
        expected = [
            e._replace(
                is_settled=e.is_settled or not is_embedding,
                is_shown=e.is_shown and self.visibility.is_within(e.path),
            )
            for e in entries
        ]
        stored = self._index.between(after, last or _LAST_ID)
        return last, list(compare(expected, self.serving.form, *stored))

    def redo(self, ids: Collection[ImageId]) -> None:
        """Has these images embedded again, and drops their vectors."""
        if not ids:
            return
        with self._catalog.atomic():
            known = [image.id for image in self.images.by_id(ids)]
            for image in known:
                self._catalog.embeddings.drop(image)
            self._backlog.add(known, self._model_switch.keys)
        self._index.remove(known)

    def reload(self) -> None:
        """Builds the index again from the catalog."""
        self._index.build(self.serving.key, self.serving.form)
