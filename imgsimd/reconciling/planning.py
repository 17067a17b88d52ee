"""Compares the catalog with what was seen on the disk. Pure: no disk, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from imgsimd.paths import folder_of, unslashed, upwards
from imgsimd.same_content import pairs
from imgsimd.types import FilePath, FileState, ImageId, Known, Plan, Rename


def compare(
    known: Iterable[Known],
    seen: Mapping[FilePath, FileState],
    unlisted: Collection[FilePath] = (),
    agreed: Collection[FilePath] = (),
    written: Collection[FilePath] = (),
    keeps_inodes: Callable[[FilePath], bool] = lambda path: True,
) -> Plan:
    """What is new, changed, back or missing, path by path.

    An image is not missing if its path is `unlisted` or lies in an unlisted folder, if it lies
    directly in an `agreed` folder, or if it is hidden already. An event has reported that somebody
    wrote to the `written` paths: there, any difference in state may mean other content.
    `keeps_inodes` says whether the file system at a path does so (see `watching.mounts`).
    """
    unseen = {unslashed(path) for path in unlisted}
    new = dict(seen)
    changed: list[Known] = []
    returned: list[Known] = []
    missing: list[Known] = []
    for image in known:
        state = new.pop(image.path, None)
        if state is None:
            folder = folder_of(image.path)
            certain = folder not in agreed and unseen.isdisjoint(upwards(image.path))
            if certain and not image.is_missing:
                missing.append(image)
        elif state == image.state:
            if image.is_missing:
                returned.append(image)
        elif image.path not in written and state.has_same_content(
            image.state, keeps_inodes(image.path)
        ):
            returned.append(image._replace(state=state))
        else:
            changed.append(image._replace(state=state))
    return Plan(new=new, changed=changed, returned=returned, missing=missing)


def arrivals(plan: Plan) -> dict[FilePath, FileState]:
    """The paths to which a file may have been renamed."""
    return plan.new | {image.path: image.state for image in plan.changed}


def merged(plans: Iterable[Plan]) -> Plan:
    """These plans, which are about different paths, as one."""
    whole = Plan()
    for plan in plans:
        whole.new.update(plan.new)
        whole.changed.extend(plan.changed)
        whole.returned.extend(plan.returned)
        whole.missing.extend(plan.missing)
        whole.renamed.extend(plan.renamed)
    return whole


def differing_paths(plan: Plan) -> list[FilePath]:
    """The paths where catalog and disk differ."""
    returned = (image for image in plan.returned if image.is_missing)
    images = (*plan.changed, *returned, *plan.missing)
    return [*plan.new, *(image.path for image in images)]


def with_renames(plan: Plan, departed: Iterable[Known]) -> Plan:
    """The plan, with files that were renamed as renames instead of new files.

    `departed` are the images whose files are gone from their paths. A file that is still at its old
    path was copied or linked, not renamed.
    """
    by_inode: dict[int, dict[ImageId, Known]] = defaultdict(dict)
    for image in departed:
        by_inode[image.state.inode][image.id] = image
    arrived: dict[FileState, list[FilePath]] = defaultdict(list)
    for path, state in arrivals(plan).items():
        if state.inode in by_inode:
            arrived[state].append(path)
    renamed: list[Rename] = []
    for state, paths in arrived.items():
        left = by_inode[state.inode]
        fitting = [image for image in left.values() if state.moved_from(image.state)]
        for path, image in pairs(paths, fitting):
            renamed.append(Rename(image.id, path, state))
            del left[image.id]
    return _without(plan, renamed) if renamed else plan


def with_inherited(plan: Plan, inherited: Sequence[Rename]) -> Plan:
    """The plan, with these as renames instead of new files: images whose folder has moved."""
    rest = _without(plan, inherited)
    return replace(rest, renamed=[*plan.renamed, *inherited])


def _without(plan: Plan, renamed: Sequence[Rename]) -> Plan:
    ids = {rename.id for rename in renamed}
    paths = {rename.path for rename in renamed}
    return replace(
        plan,
        new={path: state for path, state in plan.new.items() if path not in paths},
        changed=[i for i in plan.changed if i.path not in paths and i.id not in ids],
        renamed=list(renamed),
        missing=[image for image in plan.missing if image.id not in ids],
    )


def without_unsettled(plan: Plan, unsettled: Collection[FilePath]) -> Plan:
    """The plan without these files, which may still be being written."""
    return replace(
        plan,
        new={path: state for path, state in plan.new.items() if path not in unsettled},
        changed=[image for image in plan.changed if image.path not in unsettled],
    )
