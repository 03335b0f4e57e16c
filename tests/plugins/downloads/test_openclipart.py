"""Open Clip Art. Mutations tried (a test failed for each): links refused, height for width, the limit off by one."""

import io

import pytest
from PIL import Image

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import openclipart

ROOT = "usr/share/openclipart/png/"


def png(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("1", (width, height)).save(content, "png")
    return content.getvalue()


def test_categories_are_kept_and_links_and_posters_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(openclipart, "LIMIT", 300)
    stated = packages.Stated(monkeypatch, openclipart)
    files = {"food/fruit/pear.png": png(20, 15), "animals/cat.png": png(3, 4), "animals/poster.png": png(43, 7)}
    package = packages.deb(
        {ROOT + name: content for name, content in files.items()} | {"usr/share/doc/x.png": png(1, 1)},
        {f"{ROOT}animals/pear.png": "../food/fruit/pear.png"},
    )
    folder = packages.unpacked(openclipart.OpenClipart, tmp_path, package)
    assert stated.calls == [(6_900, 153_274_519, True)]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}
    assert found == {f"pictures/{name}": files[name] for name in ("food/fruit/pear.png", "animals/cat.png")}


@pytest.mark.parametrize(("width", "height"), [(1, 1), (300, 2), (7, 70_000)])
def test_the_header_tells_the_size(width, height):
    assert openclipart.pixels(png(width, height)) == width * height


def test_contract():
    check_component("download", "openclipart")
