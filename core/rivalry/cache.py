"""The user's cache folder: what can be made or fetched again."""

import os
from pathlib import Path


def cache_folder(*parts: str) -> Path:
    """$XDG_CACHE_HOME, else ~/.cache, then rivalry and the parts; the folder need not exist."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".cache"  # a relative one is to be ignored
    return base.joinpath("rivalry", *parts)
