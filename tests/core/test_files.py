"""Whole files or none. Mutation tried: writing straight to the path; the second test fails."""

import pytest

from rivalry.files import write_atomically


def test_content_arrives_and_replaces(tmp_path):
    path = tmp_path / "b.txt"
    write_atomically(path, "one ü")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"]


def test_a_full_disk_leaves_the_old_file_and_surfaces(tmp_path, monkeypatch):
    path = tmp_path / "b.txt"
    write_atomically(path, "old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "newer")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["b.txt"]
