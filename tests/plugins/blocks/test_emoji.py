"""Emoji by category. Mutations tried (a test failed for each): variants among the others, pictures without a name kept,
the table's bytes not counted.
"""

import json

import pytest

import packages
from rivalry_zoo.blocks import emoji
from rivalry_zoo.blocks.emoji import unpack_emoji

TABLE = [
    {
        "image": "1.png", "category": "People & Body", "name": "WAVING HAND",
        "skin_variations": {"A": {"image": "1-a.png"}, "B": {"image": "1-b.png"}},
    },
    {"image": "2.png", "category": "Flags", "name": "Chequered Flag"},
    {"image": "3.png", "category": "Flags", "name": "another vendor's"},
]  # fmt: skip
PICTURES = {f"package/img/twitter/64/{name}.png": name.encode() for name in ("1", "1-a", "1-b", "2")}
OTHERS = {"package/img/twitter/32/1.png": b"small", "package/emoji_pretty.json": b"{}"}


@pytest.fixture
def unpack(tmp_path, monkeypatch):
    """Unpacks a package; its table and pictures are as large as is known."""

    def make(pictures, table, count=None):
        content = table if isinstance(table, bytes) else json.dumps(table).encode()
        monkeypatch.setattr(emoji, "TABLE", len(content))
        files = {"package/emoji.json": content, **pictures, **OTHERS}
        (tmp_path / "archive").write_bytes(packages.tar(files))
        size = sum(map(len, pictures.values()))
        unpack_emoji(tmp_path / "archive", tmp_path / "new", "twitter", count or len(pictures), size)
        return tmp_path / "new"

    return make


def test_emoji_lie_by_category_and_other_skin_tones_apart(unpack):
    assert emoji.TABLE == 1_313_457
    folder = unpack(PICTURES, TABLE)
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}
    assert json.loads(found.pop("names.json")) == {
        "base/people_body/1.png": "waving hand",
        "skin_tones/people_body/1-a.png": "waving hand",
        "skin_tones/people_body/1-b.png": "waving hand",
        "base/flags/2.png": "chequered flag",
    }
    assert found == {
        "base/people_body/1.png": b"1",
        "skin_tones/people_body/1-a.png": b"1-a",
        "skin_tones/people_body/1-b.png": b"1-b",
        "base/flags/2.png": b"2",
    }


def test_a_picture_without_a_name_is_refused(unpack):
    with pytest.raises(ValueError, match=r"2 pictures have no name, among them 1-a\.png"):
        unpack(PICTURES, [{"image": "1.png", "category": "x", "name": "x"}, TABLE[1]])


@pytest.mark.parametrize(
    "table", [[{"image": "1.png", "name": "x"}], [1], 1, [{**TABLE[0], "skin_variations": {"A": {}}}]]
)
def test_a_table_that_lacks_something_is_refused(unpack, table):
    with pytest.raises(ValueError, match="the table of emoji lacks"):
        unpack(PICTURES, table)


@pytest.mark.parametrize("count", [3, 5])
def test_more_or_fewer_pictures_than_known_are_refused(unpack, count):
    with pytest.raises(ValueError, match=f"wanted {count + 1} files"):
        unpack(PICTURES, TABLE, count)


@pytest.mark.parametrize("name", ["..", "/etc", "a/../../.."])
def test_a_category_cannot_lead_outside(unpack, tmp_path, name):
    folder = unpack({"package/img/twitter/64/1.png": b"1"}, [{"image": "1.png", "category": name, "name": "x"}])
    assert [path.read_bytes() for path in folder.rglob("1.png")] == [b"1"]
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "new"}
