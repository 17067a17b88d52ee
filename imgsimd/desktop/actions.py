"""Actions of Nemo, Dolphin and PCManFM: a file for each entry of the menu."""

from __future__ import annotations

from collections.abc import Sequence

from imgsimd.desktop import command_lines
from imgsimd.desktop.entries import DUPLICATES, ENTRIES, ICON, Entry
from imgsimd.desktop.own_file import OwnFile
from imgsimd.desktop.places import Places

NEMO = """\
[Nemo Action]
Name={name}
Comment={description}
Exec={command}
Icon-Name={icon}
Selection={selection}
{kind}
EscapeSpaces=true
"""
"""Without `Quote`, Nemo puts a backslash before what would end a word. `EscapeSpaces` asks versions
before 5.6 for it."""
DOLPHIN = """\
[Desktop Entry]
Type=Service
Name={name}
X-KDE-ServiceTypes=KonqPopupMenu/Plugin
MimeType={mime}
Actions={key};
X-KDE-RequiredNumberOfUrls=1
X-KDE-Protocols=file

[Desktop Action {key}]
Name={name}
Icon={icon}
Exec={command}
"""
"""KDE's "Creating Dolphin service menus". Of a file that is not executable it runs nothing."""
LIBFM = """\
[Desktop Entry]
Type=Action
Name={name}
Tooltip={description}
Icon={icon}
Profiles=main;

[X-Action-Profile main]
MimeTypes={mime}
SelectionCount==1
Exec={command}
"""
"""Desktop Entry Specification, extension for file managers (DES-EMA 0.15)."""


def nemo(places: Places) -> Sequence[OwnFile]:
    """In ~/.local/share/nemo/actions. A click beside all files of a folder means the folder."""
    folder = places.data / "nemo/actions"
    files = [
        (entry, "S", "Extensions=dir;" if entry.takes_folder else "Mimetypes=image/*;", entry.key)
        for entry in ENTRIES
    ]
    files.append((DUPLICATES, "None", "Extensions=any;", f"{DUPLICATES.key}-here"))
    return [
        OwnFile(
            folder / f"{name}.nemo_action",
            NEMO.format(
                **_named(entry),
                command=command_lines.action(entry.command(places.imgsimctl, "%F")),
                selection=selection,
                kind=kind,
            ),
        )
        for entry, selection, kind, name in files
    ]


def dolphin(places: Places) -> Sequence[OwnFile]:
    """In ~/.local/share/kio/servicemenus."""
    return [
        OwnFile(
            places.data / f"kio/servicemenus/{entry.key}.desktop",
            DOLPHIN.format(
                **_named(entry),
                mime=_mime(entry),
                command=command_lines.desktop_entry(entry.command(places.imgsimctl, "%f")),
            ),
            is_executable=True,
        )
        for entry in ENTRIES
    ]


def pcmanfm(places: Places) -> Sequence[OwnFile]:
    """In ~/.local/share/file-manager/actions, for PCManFM and PCManFM-Qt."""
    return [
        OwnFile(
            places.data / f"file-manager/actions/{entry.key}.desktop",
            LIBFM.format(
                **_named(entry),
                mime=_mime(entry),
                command=command_lines.action(entry.command(places.imgsimctl, "%f")),
            ),
        )
        for entry in ENTRIES
    ]


def _named(entry: Entry) -> dict[str, str]:
    return {
        "key": entry.key,
        "name": entry.name,
        "description": entry.description,
        "icon": ICON,
    }


def _mime(entry: Entry) -> str:
    return "inode/directory;" if entry.takes_folder else "image/*;"
