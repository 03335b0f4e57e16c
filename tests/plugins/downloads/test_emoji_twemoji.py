"""Twemoji (what is done with them: tests of blocks.emoji). Mutations tried: another vendor, counts changed."""

import json

import pytest

import packages
from rivalry.testing import check_component
from rivalry_zoo.blocks import emoji
from rivalry_zoo.downloads.emoji_twemoji import EmojiTwemoji


@pytest.mark.parametrize(("cls", "vendor", "size"), [(EmojiTwemoji, "twitter", 10_409_368)])
def test_the_pictures_of_its_vendor_are_taken(monkeypatch, tmp_path, cls, vendor, size):
    stated = packages.Stated(monkeypatch, emoji)
    table = [{"image": "1.png", "category": "Flags", "name": "A"}]
    files = {"package/emoji.json": json.dumps(table).encode()}
    files |= {f"package/img/{who}/64/1.png": who.encode() for who in ("google", "twitter")}
    folder = packages.unpacked(cls, tmp_path, packages.tar(files))
    assert stated.calls == [(3_787, size + 1_313_457, False)]
    assert (folder / "base/flags/1.png").read_text() == vendor


def test_contract():
    check_component("download", "emoji_twemoji")
