"""Whole files or none. Mutation tried: writing straight to the path; the second test fails."""

from pathlib import Path

import pytest

from rivalry_zoo.files import write_atomically


def test_content_arrives_and_replaces_and_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b.txt"
    write_atomically(path, "one ü")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]


def test_a_full_disk_leaves_the_old_file_and_surfaces(tmp_path, monkeypatch):
    path = tmp_path / "b.txt"
    write_atomically(path, "old")
    plain = Path.write_bytes

    def half(self, content):
        plain(self, content[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "newer")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["b.txt"]
