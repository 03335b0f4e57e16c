"""Files that are always whole."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes | str) -> None:
    """Put `content` at `path` so that a reader, or a crash, meets the old file or the new one and nothing in between.

    Makes the folder where it is missing. Raises OSError when the disk refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
