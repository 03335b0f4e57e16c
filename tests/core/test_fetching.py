"""Fetching, with clients that are three lines of shell. Mutations caught: the hash not compared, the folder made before
its content, leftovers of failures, a second fetch that replaces the first, an archive taken for what it is called.
"""

import hashlib
import json
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from attrs import frozen

import packages
import rivalry
from rivalry import fetching
from rivalry.archives import contents, put
from rivalry.cache import cache_folder
from rivalry.fetching import CLIENTS, FetchError, fetch, usage, where
from rivalry.interfaces import Download
from rivalry.plugins import configure
from rivalry.testing import check_component

ARCHIVE = packages.tar({"package/a.txt": b"four", "package/b.txt": b"seven.."})
SCRIPT = """#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$@" >> "$FAKE_LOG"
if [ -n "$FAKE_TEXT" ]; then echo "$FAKE_TEXT"; fi
if [ -n "$FAKE_ARCHIVE" ]; then cp "$FAKE_ARCHIVE" .; fi
exit ${FAKE_CODE:-0}
"""


@frozen
class Toy(Download):
    """Two words: a toy."""

    name: ClassVar[str] = "toy"
    paper: ClassVar[str] = "none: made for tests"
    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "@scope/toy"
    version: ClassVar[str] = "1.2.3"
    file: ClassVar[str] = "scope-toy-1.2.3.tgz"
    size: ClassVar[int] = len(ARCHIVE)
    sha256: ClassVar[str] = hashlib.sha256(ARCHIVE).hexdigest()
    licence: ClassVar[str] = "none"
    use: ClassVar[str] = "data: {use: folder, path: FOLDER/words, size: 8}"

    def unpack(self, archive: Path, folder: Path) -> None:
        for name, content in contents(archive, "*.txt", count=2, size=11):
            put(folder, f"words/{Path(name).name}", content)


BY_HAND = (
    f"By other means: the npm package @scope/toy 1.2.3 is the file scope-toy-1.2.3.tgz, {len(ARCHIVE):,} bytes, "
    f"SHA-256 {Toy.sha256}; wherever you put it, `rivalry data fetch toy --from FILE` takes it."
)


@pytest.fixture(scope="module", autouse=True)
def toy():
    """The toy is installed."""
    rivalry.plugin(Toy)
    yield
    configure()


@pytest.fixture
def log(monkeypatch, tmp_path):
    """What the clients on the PATH were asked; they bring the toy's archive, unless a test says otherwise."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("npm", "apt-get", "pip"):
        (programs / name).write_text(SCRIPT)
        (programs / name).chmod(stat.S_IRWXU)
    (tmp_path / Toy.file).write_bytes(ARCHIVE)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("FAKE_ARCHIVE", str(tmp_path / Toy.file))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(fetching, "find_spec", lambda name: None)
    return tmp_path / "log"


@pytest.fixture
def say(monkeypatch):
    """Changes what the toy says of itself."""
    return lambda **words: [monkeypatch.setattr(Toy, word, value) for word, value in words.items()]


def left() -> list[str]:
    """Everything in the folder of downloads, hidden or not."""
    folder = cache_folder("downloads")
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def words(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "words").iterdir()}


def test_a_download_keeps_its_contract(log):
    check_component("download", "toy")


def test_its_page_says_where_it_is_from_and_under_which_licence():
    assert Toy.traits() == {
        "fetched from": "the npm package @scope/toy 1.2.3, 0.0 MB",
        "licence": "none",
        "in a spec": "`data: {use: folder, path: FOLDER/words, size: 8}`",
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"client": "conda"}, "wanted a client of pip, npm, apt"),
        ({"sha256": "A" * 64}, "wanted a SHA-256"),
        ({"size": 0}, "wanted a size"),
        ({"licence": " "}, "wanted `licence`"),
        ({"file": "a/b.tgz"}, "wanted the name of a file"),
        ({"package": "-rtoy"}, "wanted the bare name"),
        ({"version": "1 --hash"}, "wanted the bare name"),
        ({"unpack": lambda self, archive, folder: None}, "must be refused"),
        ({"unpack": lambda self, archive, folder: put(folder.parent, "x", b"")}, "must be refused"),
    ],
)
def test_a_download_that_says_too_little_breaks_its_contract(log, say, said, message):
    say(**said)
    with pytest.raises(AssertionError, match=message):
        check_component("download", "toy")


def test_a_refusal_that_leaves_something_outside_breaks_the_contract(log, say):
    def unpack(self, archive, folder):
        put(folder.parent, "x", b"")
        raise ValueError("no")

    say(unpack=unpack)
    with pytest.raises(AssertionError, match="nothing may be written outside"):
        check_component("download", "toy")


def test_a_download_is_fetched_once_and_says_its_source(log, tmp_path):
    folder = fetch("toy")
    assert folder == tmp_path / "cache" / "rivalry" / "downloads" / "toy" == where("toy")
    assert words(folder) == {"a.txt": b"four", "b.txt": b"seven.."}
    source = json.loads((folder / "source.json").read_text())
    assert source == {
        "client": "npm", "package": "@scope/toy", "version": "1.2.3", "file": "scope-toy-1.2.3.tgz",
        "sha256": Toy.sha256, "licence": "none",
    }  # fmt: skip
    assert left() == ["toy"]
    asked = log.read_text()
    assert fetch("toy") == folder
    assert log.read_text() == asked


def test_each_client_is_asked_for_one_version_of_one_package(log, say, tmp_path):
    fetch("toy")
    assert log.read_text().split() == ["npm", "--loglevel=error", "--ignore-scripts", "pack", "@scope/toy@1.2.3"]
    log.unlink()
    say(client="apt", package="toy-data", version="1:2-3")
    fetch("toy", force=True)
    assert log.read_text().split() == ["apt-get", "download", "toy-data=1:2-3"]
    log.unlink()
    for file, form in [("toy-1.tar.gz", "--no-binary"), ("toy-1-py3-none-any.whl", "--only-binary")]:
        say(client="pip", version="1", file=file)
        fetch("toy", force=True)
        asked = log.read_text().split()
        assert asked[:2] == ["pip", "download"]
        assert asked[asked.index(form) + 1] == "toy-data"
        assert {"--no-deps", "--no-input", "--require-hashes"} <= {*asked}
        log.unlink()


def test_pip_is_this_python_s_own_where_it_has_one_and_gets_the_hash(log, say, monkeypatch, tmp_path):
    say(client="pip", package="toy-data", version="1")
    monkeypatch.setattr(fetching, "find_spec", lambda name: name == "pip")
    assert [*CLIENTS["pip"](Toy, tmp_path)][:4] == [sys.executable, "-m", "pip", "download"]
    assert (tmp_path / "requirements.txt").read_text() == f"toy-data==1 --hash=sha256:{Toy.sha256}\n"


@pytest.mark.parametrize("client", ["npm", "apt", "pip"])
def test_a_client_that_is_not_installed_leaves_a_way(log, say, monkeypatch, client):
    say(client=client)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(FetchError) as refused:
        fetch("toy")
    kind = {"npm": "npm package", "apt": "Debian package", "pip": "Python package"}[client]
    assert str(refused.value).startswith(f"'toy' comes through {client}, which is not installed.\nBy other means: the ")
    assert f"the {kind} @scope/toy 1.2.3 is" in str(refused.value)
    assert left() == []


def test_a_client_that_fails_is_quoted_by_its_exit_code(log, say, monkeypatch, capfd):
    monkeypatch.setenv("FAKE_CODE", "7")
    monkeypatch.setenv("FAKE_TEXT", "no network, sorry")
    with pytest.raises(FetchError) as refused:
        fetch("toy")
    assert str(refused.value) == f"'toy' could not be downloaded: npm left with exit code 7.\n{BY_HAND}"
    assert capfd.readouterr() == ("", "no network, sorry\n")
    say(client="apt")
    with pytest.raises(FetchError, match=r"apt left with exit code 7 \(`apt-get update` may help\)\."):
        fetch("toy")
    assert left() == []


def test_a_client_that_cannot_be_run_is_no_traceback(log, monkeypatch, tmp_path):
    (tmp_path / "programs" / "npm").write_bytes(b"\x7fELF, but not really")
    with pytest.raises(FetchError, match="npm could not be run"):
        fetch("toy")
    assert left() == []


@pytest.mark.parametrize(("brought", "said"), [("", "nothing"), ("a b", "a, b")])
def test_a_client_that_brings_no_archive_or_two_is_refused(log, monkeypatch, tmp_path, brought, said):
    monkeypatch.delenv("FAKE_ARCHIVE")
    (tmp_path / "programs" / "npm").write_text(f"#!/bin/sh\nfor i in {brought}; do echo $i > $i; done\nmkdir d\n")
    with pytest.raises(FetchError, match=f"wanted one archive from npm, got {said}."):
        fetch("toy")
    assert left() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ARCHIVE + b"!", f"it has {len(ARCHIVE) + 1:,} bytes"),
        (ARCHIVE[:-1] + b"!", f"its SHA-256 is {hashlib.sha256(ARCHIVE[:-1] + b'!').hexdigest()}"),
    ],
    ids=["size", "hash"],
)
def test_an_archive_of_another_size_or_hash_is_never_opened(log, say, tmp_path, content, said):
    say(unpack=lambda self, archive, folder: pytest.fail("opened"))
    (tmp_path / Toy.file).write_bytes(content)
    for archive in (None, tmp_path / Toy.file):
        with pytest.raises(FetchError) as refused:
            fetch("toy", archive)
        assert str(refused.value) == f"scope-toy-1.2.3.tgz is not the right file: {said}\n{BY_HAND}"
    assert left() == []


def test_a_file_that_one_has_is_taken_without_asking_anybody(log, tmp_path):
    mine = (tmp_path / Toy.file).rename(tmp_path / "mine")
    assert words(fetch("toy", mine)) == {"a.txt": b"four", "b.txt": b"seven.."}
    assert mine.is_file()
    assert not log.exists()
    with pytest.raises(FetchError, match=r"there is no file .*other\nBy other means"):
        fetch("toy", tmp_path / "other", force=True)


@pytest.mark.parametrize("error", [ValueError("it holds no words"), KeyboardInterrupt(), OSError("the disk is full")])
@pytest.mark.parametrize("before", [False, True])
def test_whatever_happens_while_unpacking_what_was_there_stays_as_it_was(log, say, error, before):
    folder = fetch("toy") if before else cache_folder("downloads", "toy")

    def unpack(self, archive, folder):
        put(folder, "words/a.txt", b"half")
        raise error

    say(unpack=unpack)
    said = "cannot be unpacked: it holds no words" if isinstance(error, ValueError) else "could not be put into .* full"
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else FetchError) as refused:
        fetch("toy", force=True)
    if not isinstance(error, KeyboardInterrupt):
        refused.match(said)
    assert left() == ["toy"] * before
    assert not before or words(folder) == {"a.txt": b"four", "b.txt": b"seven.."}


def test_a_fetch_that_is_killed_leaves_nothing_that_counts_and_its_rest_goes_in_time(log, tmp_path):
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from rivalry.cache import cache_folder
import tempfile
work = tempfile.mkdtemp(prefix=".toy-", dir=cache_folder("downloads"))
os.makedirs(work + "/new/words")
os.kill(os.getpid(), 9)
"""
    cache_folder("downloads").mkdir(parents=True)
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    (rest,) = left()
    assert rest.startswith(".toy-")
    with pytest.raises(LookupError):
        where("toy")
    fetch("toy")
    assert left() == [rest, "toy"], "it may be at work still"
    then = time.time() - 90_000
    os.utime(cache_folder("downloads", rest), (then, then))
    fetch("toy", force=True)
    assert left() == ["toy"]


@pytest.mark.parametrize("force", [False, True])
def test_fetches_at_one_time_do_each_other_no_harm(log, force):
    with ThreadPoolExecutor(6) as pool:
        found = {*pool.map(lambda _: fetch("toy", force=force), range(6))}
    assert found == {where("toy")}
    assert words(where("toy")) == {"a.txt": b"four", "b.txt": b"seven.."}
    assert left() == ["toy"]


def test_a_fetch_that_ends_while_another_looks_for_leftovers_does_it_no_harm(log, monkeypatch):
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [*glob(self, pattern), self / ".toy-gone"])
    assert words(fetch("toy")) == {"a.txt": b"four", "b.txt": b"seven.."}


def test_a_folder_that_another_fetch_has_finished_meanwhile_is_kept(log, say):
    def unpack(self, archive, folder):
        other = cache_folder("downloads", "toy")
        put(other, "words/other.txt", b"quicker")
        put(folder, "words/mine.txt", b"slower")

    say(unpack=unpack)
    assert words(fetch("toy")) == {"other.txt": b"quicker"}


def test_what_is_not_here_is_a_lookup_error_that_says_how_to_get_it(log, say):
    with pytest.raises(LookupError, match="the download 'toy' is not here: `rivalry data fetch toy`"):
        where("toy")
    for ask in (where, fetch):
        with pytest.raises(LookupError, match="no download is called 'toyy'; did you mean 'toy'"):
            ask("toyy")


def test_another_version_is_not_taken_for_this_one_and_is_replaced(log, say, tmp_path):
    folder = fetch("toy")
    other = packages.tar({"package/a.txt": b"5five", "package/b.txt": b"sixsix"})
    say(version="2", size=len(other), sha256=hashlib.sha256(other).hexdigest())
    (tmp_path / Toy.file).write_bytes(other)
    with pytest.raises(LookupError, match=r"'toy' in .* is not from @scope/toy 2: `rivalry data fetch toy`"):
        where("toy")
    assert words(fetch("toy")) == {"a.txt": b"5five", "b.txt": b"sixsix"}
    assert where("toy") == folder


@pytest.mark.parametrize(("note", "here"), [(None, True), ("{", False), ("[]", False), ('{"sha256": "0"}', False)])
def test_a_folder_without_a_note_is_the_user_s_own_and_a_false_note_is_not_believed(log, note, here):
    folder = cache_folder("downloads", "toy")
    put(folder, "words/own.txt", b"own")
    if note:
        put(folder, "source.json", note.encode())
    assert words(fetch("toy")) == ({"own.txt": b"own"} if here else {"a.txt": b"four", "b.txt": b"seven.."})


def test_a_cache_that_cannot_be_written_is_said_in_words(log, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    with pytest.raises(FetchError, match=r"'toy' could not be put into .*downloads/toy: "):
        fetch("toy")


def test_a_file_in_the_folder_s_place_is_said_in_words(log):
    put(cache_folder("downloads"), "toy", b"a file")
    with pytest.raises(FetchError, match=r"'toy' could not be put into .*downloads/toy: "):
        fetch("toy")
    assert left() == ["toy"]


@pytest.mark.parametrize(
    ("home", "path"),
    [("/a/b", "/a/b/rivalry/downloads/toy/words"), ("/a b/it's", "'/a b/it''s/rivalry/downloads/toy/words'")],
)
def test_usage_names_the_folder_as_yaml_wants_it(log, monkeypatch, home, path):
    from ruamel.yaml import YAML

    monkeypatch.setenv("XDG_CACHE_HOME", home)
    assert usage("toy") == f"data: {{use: folder, path: {path}, size: 8}}"
    read = YAML(typ="safe").load(usage("toy"))["data"]["path"]
    assert read == str(cache_folder("downloads", "toy", "words"))
