"""Snapshots of a home: all state of a stack, saved and restored as one thing."""

from dw_simulator.stack.snapshots.archive import export_snapshot, import_snapshot
from dw_simulator.stack.snapshots.manifest import Manifest
from dw_simulator.stack.snapshots.restore import finish_restore, restore, verified
from dw_simulator.stack.snapshots.store import delete, find, save, saved, snapshots_dir

__all__ = [
    "Manifest",
    "delete",
    "export_snapshot",
    "find",
    "finish_restore",
    "import_snapshot",
    "restore",
    "save",
    "saved",
    "snapshots_dir",
    "verified",
]
