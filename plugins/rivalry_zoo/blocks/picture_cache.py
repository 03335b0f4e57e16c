"""A folder of pictures decoded once, into a memory-mapped array in the user's cache directory."""

import json
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import numpy as np
from attrs import frozen
from PIL import Image
from tqdm import tqdm

from rivalry.cache import cache_folder
from rivalry_zoo.blocks.pictures import Fit, decode
from rivalry_zoo.blocks.rows import Values, array_hash

FORMAT = 1
"""Counts changes of what is stored, so that no version reads what another wrote."""
BLOCK = 256
"""Pictures decoded between two writes."""


@frozen
class Recipe:
    """Everything that the stored pixels follow from."""

    root: Path
    names: Sequence[str]
    height: int
    width: int
    channels: int
    fit: Fit

    def key(self) -> str:
        """A hash of the files' names, sizes and times as they are now, and of how they are decoded."""
        digest = blake2b(digest_size=16)
        how = (FORMAT, str(self.root.resolve()), self.height, self.width, self.channels, self.fit)
        digest.update(repr(how).encode())
        for name in self.names:
            stat = (self.root / name).stat()
            digest.update(repr((name, stat.st_size, stat.st_mtime_ns)).encode())
        return digest.hexdigest()

    def decode(self, name: str) -> Values | str:
        return decode(self.root / name, self.height, self.width, self.channels, self.fit)


@frozen
class Pictures:
    """The decoded pictures [M, channels, height, width], a hash of their values, and the faults of the others."""

    pixels: Values
    pixel_hash: str
    broken: dict[str, str]


def cache_home() -> Path:
    """Where decoded folders are kept."""
    return cache_folder("folders")


def _header(file: BinaryIO, shape: tuple[int, ...]) -> None:
    file.seek(0)
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _decoded(recipe: Recipe, path: Path) -> dict[str, str]:
    """Write the pictures to a .npy file; what is wrong with those left out."""
    size = (recipe.channels, recipe.height, recipe.width)
    names, broken = recipe.names, dict[str, str]()
    with (
        path.open("wb") as file,
        ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool,
        tqdm(total=len(names), desc=f"decoding {recipe.root.name}", unit="picture", disable=None) as bar,
        warnings.catch_warnings(),
    ):
        # Pillow warns of large pictures, whose size `decode` bounds itself, and of harmless faults of metadata.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        _header(file, (len(names), *size))
        for start in range(0, len(names), BLOCK):
            block = names[start : start + BLOCK]
            for name, picture in zip(block, pool.map(recipe.decode, block), strict=True):
                if isinstance(picture, str):
                    broken[name] = picture
                else:
                    file.write(picture.tobytes())
            bar.update(len(block))
        # NumPy pads its header so that the number of rows may change in place.
        _header(file, (len(names) - len(broken), *size))
    return broken


def _listed(broken: dict[str, str]) -> str:
    return "\n".join(f"  {name} {fault}" for name, fault in broken.items())


def _checked(recipe: Recipe, broken: dict[str, str], skip: bool) -> None:
    if broken and (not skip or len(broken) == len(recipe.names)):
        remedy = "none is left" if skip else "mend or remove them, or say broken: skip"
        raise ValueError(f"{len(broken)} of {len(recipe.names)} pictures are broken ({remedy}):\n{_listed(broken)}")


def _read(folder: Path) -> Pictures:
    facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    pixels = np.load(folder / "pixels.npy", mmap_mode="c", allow_pickle=False)
    return Pictures(pixels, facts["pixel_hash"], facts["broken"])


def _write(recipe: Recipe, home: Path, key: str, skip: bool) -> Path:
    """Decode into a temporary folder beside the final one; it gets its name only when it is complete."""
    home.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
    try:
        broken = _decoded(recipe, temporary / "pixels.npy")
        _checked(recipe, broken, skip)
        pixels = np.load(temporary / "pixels.npy", mmap_mode="c", allow_pickle=False)
        facts = {"pixel_hash": array_hash(pixels), "broken": broken}
        (temporary / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
        final = home / key
        if final.exists():  # damaged, or another process was quicker
            shutil.rmtree(final, ignore_errors=True)
        return temporary.rename(final)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _stored(recipe: Recipe, skip: bool) -> Pictures:
    # The key is taken before decoding: a file that changes meanwhile is then decoded again next time.
    home, key = cache_home(), recipe.key()
    try:
        pictures = _read(home / key)
    except (OSError, ValueError, KeyError, EOFError):
        pass
    else:
        _checked(recipe, pictures.broken, skip)
        return pictures
    try:
        return _read(_write(recipe, home, key, skip))
    except OSError as error:
        warnings.warn(f"decoded pictures cannot be kept in {home} ({error}); they are kept for this run", stacklevel=5)
    temporary = Path(tempfile.mkdtemp(prefix="rivalry-"))
    pictures = _read(_write(recipe, temporary, key, skip))
    weakref.finalize(pictures.pixels, shutil.rmtree, temporary, ignore_errors=True)
    return pictures


def decoded_pictures(recipe: Recipe, skip: bool) -> Pictures:
    """The pictures, from the cache or decoded now; without a usable cache they last as long as the result.

    ValueError names every broken picture, unless these are to be skipped: then a warning does.
    """
    pictures = _stored(recipe, skip)
    if pictures.broken:
        told = f"{len(pictures.broken)} broken pictures are left out:\n{_listed(pictures.broken)}"
        warnings.warn(told, stacklevel=4)
    return pictures
