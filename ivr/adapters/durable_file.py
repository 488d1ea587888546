"""Small files of ours that are there whole after a power cut, or not at all."""

import os
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner only, its content on the disk. Its name is once `sync_folder` was called.
    Raises OSError: then an earlier file of that name is as it was."""
    unfinished = path.with_name(f"{path.name}.new")
    with unfinished.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def sync_folder(folder: Path) -> None:
    """A new file's name is on disk only once its folder is. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
