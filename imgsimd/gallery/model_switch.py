"""Which model's vectors answer, and which model is worked towards until all images have its vector.

Vectors of two models are never compared, so a change of model is a change of generation.
"""

from __future__ import annotations

from collections.abc import Collection

from imgsimd.decoding import registry
from imgsimd.gallery.catalog.catalog import Catalog
from imgsimd.gallery.catalog.model_keys import ModelKey, Served
from imgsimd.vectors import VectorForm


class ModelSwitch:
    """The serving model and the target, as the catalog remembers them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._serving: Served | None = None
        self._target: Served | None = None
        self._usable: Collection[str] = ()

    @property
    def serving(self) -> Served:
        """The model whose vectors answer questions."""
        assert self._serving is not None, "aim() comes first"
        return self._serving

    @property
    def target(self) -> Served:
        """The model to work towards; `serving` once every image has its vector."""
        assert self._target is not None, "aim() comes first"
        return self._target

    @property
    def remembered(self) -> Served | None:
        """The model that answered last, also before `aim`; None if there is none."""
        return self._catalog.models.serving()

    @property
    def keys(self) -> list[ModelKey]:
        """The models by which new images are embedded."""
        return self._embedding(self.serving, self.target)

    def aim(self, identity: str, name: str, form: VectorForm, usable: Collection[str]) -> bool:
        """See `Gallery.aim`; whether anything has changed."""
        is_same = self._target is not None and self._target.identity == identity
        if is_same and self._is_usable(usable) == self._is_usable(self._usable):
            return False
        self._usable = usable
        self._take_aim(identity, name, form)
        return True

    def _is_usable(self, usable: Collection[str]) -> bool:
        """Whether new images can be embedded by the serving model."""
        return self.serving.identity in usable

    def look_up_keys(self) -> bool:
        """The catalog was replaced: the models' keys in it may be others. Whether there are any."""
        if self._target is None:
            return False
        self._take_aim(self._target.identity, self._target.name, self._target.form)
        return True

    @property
    def is_target_ready(self) -> bool:
        """Whether the target is another model, and every image has its vector."""
        return self.serving != self.target and not self._catalog.backlog.has_any(self.target.key)

    def reach_target(self) -> bool:
        """Switches to the target if every image has its vector; says whether it did."""
        if not self.is_target_ready:
            return False
        with self._catalog.atomic():
            self._catalog.models.set_serving(self.target.key)
            self._catalog.backlog.set_models([self.target.key])
        self._serving = self._target
        return True

    def _take_aim(self, identity: str, name: str, form: VectorForm) -> None:
        with self._catalog.lasting():
            key = self._catalog.models.key(identity, name, form)
            target = Served(key, identity, name, form)
            remembered = self.remembered
            serving = remembered or target
            if remembered is None:
                self._catalog.models.set_serving(target.key)
            has_changed = self._catalog.decoders.use(registry.versions())
            embedding = self._embedding(serving, target)
            self._catalog.backlog.set_models(embedding)
            for model in embedding if has_changed else ():
                self._catalog.backlog.add_outdated(model)
        self._serving, self._target = serving, target

    def _embedding(self, serving: Served, target: Served) -> list[ModelKey]:
        keys = [serving.key] if serving.identity in self._usable else []
        return list(dict.fromkeys([*keys, target.key]))
