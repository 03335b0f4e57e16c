"""Fluent's emoji. Mutations tried (a test failed for each): the package's folders kept, counts changed."""

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import fluent_emoji


def test_pictures_lie_in_one_folder(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, fluent_emoji)
    files = {"package/assets/1f600.webp": b"one", "package/assets/1f601.webp": b"two", "package/README.md": b"three"}
    folder = packages.unpacked(fluent_emoji.FluentEmoji, tmp_path, packages.tar(files))
    assert stated.calls == [(3_391, 17_709_188, False)]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    assert found == {"pictures/1f600.webp": b"one", "pictures/1f601.webp": b"two"}


def test_contract():
    check_component("download", "fluent_emoji")
