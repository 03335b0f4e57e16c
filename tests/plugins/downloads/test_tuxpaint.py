"""Tux Paint's stamps. Mutations tried (a test failed for each): another line of the text, pictures without one kept."""

import json

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import tuxpaint

ROOT = "usr/share/tuxpaint/stamps/"


def test_a_picture_is_kept_with_the_first_line_of_its_text(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, tuxpaint)
    files = {
        "animals/cats/cat.png": b"cat",
        "animals/cats/cat.txt": b" A cat. \nde.utf8=Eine Katze.\n",
        "animals/dog.png": b"dog, without a text",
        "animals/ant.png": b"ant, with an empty text",
        "animals/ant.txt": b"",
        "food/pear.txt": b"A text without a picture.",
        "food/pie.png": b"pie",
        "food/pie.txt": "Pie, à la mode.".encode("latin-1"),
        "food/pie.ogg": b"a sound",
    }
    package = packages.deb({ROOT + name: content for name, content in files.items()})
    folder = packages.unpacked(tuxpaint.TuxPaint, tmp_path, package)
    assert stated.calls == [(1_748, 26_515_621, False)]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    captions = json.loads(found.pop("captions.json"))
    assert found == {"pictures/animals/cats/cat.png": b"cat", "pictures/food/pie.png": b"pie"}
    assert captions == {"pictures/animals/cats/cat.png": "A cat.", "pictures/food/pie.png": "Pie, \ufffd la mode."}


def test_contract():
    check_component("download", "tuxpaint")
