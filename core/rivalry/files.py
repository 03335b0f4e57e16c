"""Files that are always whole."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> None:
    """Put `content` at `path` so that a reader, or a crash, meets the old file or the new one and nothing in between.

    It is written beside the old one, synced and renamed. Raises OSError when the disk refuses or the folder is
    missing; the old file then stays.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
