"""Archives of strangers. Mutations caught: names not looked at, links followed, sizes not counted, too few let pass,
the first part of a Debian package taken for its content.
"""

import io
import tarfile
import zipfile
from types import MappingProxyType

import pytest

import packages
from rivalry.archives import contents, inside, put

FILES = {"top/a.txt": b"four", "top/deep/b.txt": b"seven..", "top/c.bin": b"x" * 50}
TEXTS = {"top/a.txt": b"four", "top/deep/b.txt": b"seven.."}
MAKERS = {
    "tgz": packages.tar,
    "tar": lambda files, links={}: packages.tar(files, links, pack=""),
    "wheel": packages.wheel,
    "deb": packages.deb,
    "deb-gz": lambda files, links={}: packages.deb(files, links, pack="gz"),
}


@pytest.fixture(params=MAKERS)
def pack(request, tmp_path):
    """Writes an archive of each form, under a name that says nothing."""

    def write(files, links=MappingProxyType({})):
        path = tmp_path / "archive"
        path.write_bytes(MAKERS[request.param](files, links))
        return path

    return write


def test_files_whose_names_match_come_whole_and_in_order(pack):
    archive = pack(FILES)
    assert list(contents(archive, "*.txt", count=2, size=11)) == list(TEXTS.items())
    assert list(contents(archive, "top/*.txt", "*.bin", count=3, size=61)) == list(FILES.items())
    assert list(contents(archive, "top/a.*", count=1, size=4)) == [("top/a.txt", b"four")]


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (1, 11, "wanted 1 file of 11 bytes in all in archive, but it holds more"),
        (2, 10, "wanted 2 files of 10 bytes in all in archive, but it holds more"),
        (3, 11, "wanted 3 files of 11 bytes in all in archive, but it holds 2 files of 11 bytes in all"),
        (2, 12, "wanted 2 files of 12 bytes in all in archive, but it holds 2 files of 11 bytes in all"),
    ],
)
def test_more_or_less_than_is_known_is_refused(pack, count, size, message):
    with pytest.raises(ValueError, match=message):
        list(contents(pack(FILES), "*.txt", count=count, size=size))


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    archive = tmp_path / "bomb"
    archive.write_bytes(packages.wheel({"a.txt": b"x", "b.txt": bytes(10**6)}))
    read = zipfile.ZipFile.read
    sizes = []
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda self, key: sizes.append(key.file_size) or read(self, key))
    with pytest.raises(ValueError, match="holds more"):
        list(contents(archive, "*.txt", count=2, size=100))
    assert sizes == [1]


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "top/../../evil.txt", "C:/evil.txt", "a\\..\\evil.txt"]
)
def test_a_name_that_leads_outside_spoils_the_archive_even_if_it_is_not_wanted(tmp_path, name):
    for make in (packages.tar, packages.wheel):
        (tmp_path / "archive").write_bytes(make({"top/a.txt": b"four", name: b"evil"}))
        with pytest.raises(ValueError, match="leads outside the folder"):
            list(contents(tmp_path / "archive", "top/*.txt", "nothing", count=1, size=4))


def test_a_link_is_refused_unless_it_is_not_wanted_or_known(pack):
    archive = pack(FILES, {"top/link.txt": "/etc/passwd"})
    with pytest.raises(ValueError, match=r"wanted only plain files in archive, but top/link.txt is a link one"):
        list(contents(archive, "*.txt", count=3, size=100))
    assert dict(contents(archive, "*.txt", count=2, size=11, links=True)) == TEXTS
    assert dict(contents(archive, "*.bin", count=1, size=50)) == {"top/c.bin": b"x" * 50}


@pytest.mark.parametrize(
    ("kind", "word"),
    [(tarfile.LNKTYPE, "link"), (tarfile.CHRTYPE, "special"), (tarfile.FIFOTYPE, "special"), (b"S", "special")],
)
def test_hard_links_devices_pipes_and_sparse_files_are_refused(tmp_path, kind, word):
    (tmp_path / "archive").write_bytes(packages.tar({"a.txt": b"four"}, {"b.txt": "a.txt"}, kind))
    with pytest.raises(ValueError, match=f"b.txt is a {word} one"):
        list(contents(tmp_path / "archive", "*.txt", count=2, size=8, links=word == "special"))


def test_folders_are_passed_over(tmp_path):
    (tmp_path / "archive").write_bytes(packages.tar({"a.txt": b"four"}, {"b.txt": ""}, tarfile.DIRTYPE))
    assert dict(contents(tmp_path / "archive", "*.txt", count=1, size=4)) == {"a.txt": b"four"}
    (tmp_path / "archive").write_bytes(packages.wheel({"b.txt/": b"", "a.txt": b"four"}))
    assert dict(contents(tmp_path / "archive", "*", count=1, size=4)) == {"a.txt": b"four"}


@pytest.mark.parametrize("keep", [0, 5, 20, 70, 200])
def test_what_is_cut_short_is_no_archive(pack, keep):
    archive = pack({"top/a.txt": bytes(range(256)) * 40})
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"archive is no archive, or damaged|but it holds 0 files|is damaged"):
        list(contents(archive, "*.txt", count=1, size=256 * 40))


def test_a_changed_byte_of_a_wheel_is_found(tmp_path):
    content = bytearray(packages.wheel({"a.txt": bytes(range(256))}))
    content[60] ^= 1
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(ValueError, match="archive is no archive, or damaged"):
        list(contents(tmp_path / "archive", "*.txt", count=1, size=256))


def test_an_encrypted_wheel_is_refused_in_words(tmp_path):
    content = io.BytesIO(packages.wheel({"a.txt": b"four"}))
    with zipfile.ZipFile(content) as archive:
        place = archive.infolist()[0]
    data = bytearray(content.getvalue())
    data[place.header_offset + 6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(ValueError, match=r"archive is no archive, or damaged: .*encrypted"):
        list(contents(tmp_path / "archive", "*.txt", count=1, size=4))


@pytest.mark.parametrize(
    "content", [b"!<arch>\n", b"!<arch>\n" + b"x" * 60, packages.deb(FILES).replace(b"data.", b"xxxx.")]
)
def test_a_debian_package_without_content_is_refused(tmp_path, content):
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(ValueError, match=r"has no data\.tar"):
        list(contents(tmp_path / "archive", "*.txt", count=2, size=11))


def test_nothing_behind_the_content_of_a_debian_package_is_read(tmp_path):
    content = packages.deb({"a.txt": bytes(2_000)}, pack="")
    place = content.index(b"data.tar") + 48
    (tmp_path / "archive").write_bytes(content[:place] + b"1500      " + content[place + 10 :])
    with pytest.raises(ValueError, match="archive is no archive, or damaged"):
        list(contents(tmp_path / "archive", "*.txt", count=1, size=2_000))


@pytest.mark.parametrize(
    ("name", "plain"), [("./usr/a.png", "usr/a.png"), ("usr//a", "usr/a"), ("..a/b..", "..a/b.."), ("", "")]
)
def test_names_inside_are_written_plainly(name, plain):
    assert inside(name) == plain


def test_a_file_is_put_where_its_name_says_and_once(tmp_path):
    put(tmp_path, "a/b/c.bin", b"1")
    assert (tmp_path / "a/b/c.bin").read_bytes() == b"1"
    with pytest.raises(ValueError, match=r"two files want the name a/b/c\.bin"):
        put(tmp_path, "a/b/c.bin", b"2")
    with pytest.raises(ValueError, match="leads outside the folder"):
        put(tmp_path, "../c.bin", b"2")
    assert (tmp_path / "a/b/c.bin").read_bytes() == b"1"
