"""rivalry data. Mutations caught: what is here fetched again, a failure that ends in 0, the first failure ends all."""

import hashlib
import os
import stat

import pytest

import packages
from rivalry.plugins import plugins

ARCHIVE = packages.wheel({"toy/a.txt": b"four"})
PLUGIN = f'''
from pathlib import Path
from typing import ClassVar

from attrs import frozen

from rivalry.archives import contents, put
from rivalry.interfaces import Download


@frozen
class Toy(Download):
    """One word: a toy."""

    name: ClassVar[str] = "toy"
    paper: ClassVar[str] = "none: made for tests"
    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "toy"
    version: ClassVar[str] = "1.0"
    file: ClassVar[str] = "toy-1.0.tgz"
    size: ClassVar[int] = {len(ARCHIVE)}
    sha256: ClassVar[str] = "{hashlib.sha256(ARCHIVE).hexdigest()}"
    licence: ClassVar[str] = "CC0"
    use: ClassVar[str] = "data: {{use: array, path: FOLDER/a.npy}}"

    def unpack(self, archive: Path, folder: Path) -> None:
        for _, content in contents(archive, "toy/*", count=1, size=4):
            put(folder, "a.npy", content)
'''


@pytest.fixture
def data(command, tmp_path, monkeypatch):
    """`rivalry data`, where the toy can be fetched: npm brings it, and writes down that it did."""
    (tmp_path / "toy.py").write_text(PLUGIN)
    (tmp_path / "toy.whl").write_bytes(ARCHIVE)
    npm = tmp_path / "programs" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\necho x >> {tmp_path}/asked\ncp "$TOY" .\n')
    npm.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(npm.parent), prepend=os.pathsep)
    monkeypatch.setenv("TOY", str(tmp_path / "toy.whl"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda *words: command("data", *words, "--plugin", "toy.py")


def asked(tmp_path) -> int:
    return (tmp_path / "asked").read_text().count("x") if (tmp_path / "asked").exists() else 0


def test_everything_is_listed_with_size_licence_and_whether_it_is_here(data, tmp_path):
    done = data()
    assert done == data("list")
    assert (done.code, done.err) == (0, "")
    head, *rows = done.out.splitlines()
    assert head.split() == ["name", "what", "download", "licence", "here"]
    assert [row.split()[0] for row in rows] == sorted(plugins().table()["download"])
    assert next(row.split() for row in rows if row.startswith("toy")) == [
        "toy",
        "One",
        "word",
        "0.0",
        "MB",
        "CC0",
        "no",
    ]
    assert max(map(len, done.out.splitlines())) <= 150
    (tmp_path / "cache/rivalry/downloads/toy").mkdir(parents=True)
    assert data("list", "toy").out.splitlines()[1].split()[-1] == "yes"


def test_what_is_fetched_says_where_it_lies_and_how_a_spec_names_it_and_is_fetched_once(data, tmp_path):
    folder = tmp_path / "cache" / "rivalry" / "downloads" / "toy"
    done = data("fetch", "toy")
    where = f"toy: {folder}\nin a spec: data: {{use: array, path: {folder}/a.npy}}\n"
    assert (done.code, done.out, done.err) == (0, where, "toy: toy 1.0 through npm, 0.0 MB\n")
    assert (folder / "a.npy").read_bytes() == b"four"
    again = data("fetch", "toy")
    assert (again.code, again.out, again.err) == (0, where.replace("toy:", "toy is here already:", 1), "")
    assert asked(tmp_path) == 1
    assert data("fetch", "toy", "--force") == done
    assert asked(tmp_path) == 2
    assert data("where", "toy").out == f"{folder}\n"


def test_a_file_that_one_has_is_named_by_from(data, tmp_path):
    done = data("fetch", "toy", "--from", "toy.whl")
    assert (done.code, done.err) == (0, "toy: toy.whl, 0.0 MB\n")
    assert data("where", "toy").code == 0
    assert asked(tmp_path) == 0


def test_one_failure_does_not_keep_the_others_from_being_fetched(data, tmp_path, monkeypatch):
    (tmp_path / "bad.py").write_text(
        PLUGIN.replace('"toy"', '"bad"', 1).replace(hashlib.sha256(ARCHIVE).hexdigest(), "0" * 64)
    )
    done = data("fetch", "bad", "toy", "--plugin", "bad.py")
    assert done.code == 1
    assert "rivalry: toy.whl is not the right file: its SHA-256 is" in done.err
    assert "`rivalry data fetch bad --from FILE` takes it." in done.err
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["toy", "in a spec"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fetch"], "which? `rivalry data fetch NAME`; known: earth_maps, "),
        (["where"], "which? `rivalry data where NAME`; known: earth_maps, "),
        (["where", "toy"], "the download 'toy' is not here: `rivalry data fetch toy`\n"),
        (["fetch", "toy", "tyo"], "no download is called 'tyo'; did you mean 'toy'?\n"),
        (["list", "tyo"], "no download is called 'tyo'; did you mean 'toy'?\n"),
        (["where", "toy", "--force"], "--from and --force belong to `rivalry data fetch`\n"),
        (["list", "--from", "toy.whl"], "--from and --force belong to `rivalry data fetch`\n"),
        (["fetch", "toy", "lpips", "--from", "toy.whl"], "--from takes one file for one name, got 2 names\n"),
    ],
)
def test_what_cannot_be_asked_is_answered_in_words_and_nothing_is_fetched(data, tmp_path, words, message):
    done = data(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"rivalry: {message}")
    assert asked(tmp_path) == 0
