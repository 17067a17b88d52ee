"""Folders like /sys/class/power_supply, as kernels fill them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

AC_IN = {"type": "Mains", "online": "1"}
AC_OUT = {"type": "Mains", "online": "0"}
PORT_IN = {"type": "USB", "usb_type": "C [PD] PD_PPS", "online": "1", "scope": "System"}
PORT_OUT = {**PORT_IN, "online": "0"}
DISCHARGING = {"type": "Battery", "status": "Discharging", "present": "1", "capacity": "71"}
CHARGING = {**DISCHARGING, "status": "Charging"}
FULL = {**DISCHARGING, "status": "Full", "capacity": "100"}
MOUSE = {"type": "Battery", "scope": "Device", "online": "1", "present": "1"}


def fill(folder: Path, supplies: Mapping[str, Mapping[str, str]]) -> None:
    """Gives the folder these entries and no others."""
    for entry in folder.iterdir():
        shutil.rmtree(entry)
    for name, files in supplies.items():
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(f"{text}\n")
