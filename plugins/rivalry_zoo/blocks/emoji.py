"""Emoji of one vendor, as the npm packages `emoji-datasource-*` hold them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from rivalry.archives import contents, put

TABLE = 1_313_457
"""Bytes of the table of names and categories, which every vendor's package has."""


def unpack_emoji(archive: Path, folder: Path, vendor: str, count: int, size: int) -> None:
    """Put `count` pictures into base/<category>/ or skin_tones/<category>/, and their names into names.json."""
    patterns = ("*/emoji.json", f"*/img/{vendor}/64/*.png")
    files = {
        PurePosixPath(path).name: it for path, it in contents(archive, *patterns, count=count + 1, size=size + TABLE)
    }
    names = {}
    for picture, group, category, name in _listed(files.pop("emoji.json", b"[]")):
        if picture in files:
            path = f"{group}/{category}/{picture}"
            put(folder, path, files.pop(picture))
            names[path] = name
    if files:
        raise ValueError(f"{len(files)} pictures have no name, among them {min(files)}")
    put(folder, "names.json", json.dumps(names, indent=0).encode())


def _listed(table: bytes) -> Iterator[tuple[str, str, str, str]]:
    """File, group, category and name of each emoji; those in another skin tone follow the one that they vary."""
    try:
        for emoji in json.loads(table):
            category, name = _slug(emoji["category"]), str(emoji["name"]).lower()
            yield emoji["image"], "base", category, name
            for varied in emoji.get("skin_variations", {}).values():
                yield varied["image"], "skin_tones", category, name
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the table of emoji lacks {error}") from error


def _slug(title: Any) -> str:
    """Smileys & Emotion becomes smileys_emotion."""
    return re.sub(r"\W+", "_", str(title).lower()).strip("_")
