"""The lock: complete, plain, and within the ranges of pyproject.toml.

A made-up index of package metadata is the reference for the closure. Mutations that fail here: to ignore a marker, to
forget the extras on the way down, to keep a local suffix.
"""

import importlib.util
import re
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==([0-9][0-9a-z.!]*)")


def load_tool():
    """tools/lock.py as a module; tools is no package."""
    spec = importlib.util.spec_from_file_location("rivalry_tools_lock", ROOT / "tools" / "lock.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


@pytest.fixture(scope="module")
def project() -> dict:
    """pyproject.toml, read."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins() -> dict[str, str]:
    """The lock: name to version."""
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    return dict(PIN.fullmatch(line).groups() for line in lines if not line.startswith("#"))


def test_every_line_of_the_lock_is_a_plain_pin():
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#") and not PIN.fullmatch(line)] == []
    names = [line.partition("==")[0] for line in lines[1:]]
    assert names == sorted(set(names))


def test_every_stated_requirement_is_locked_within_its_range(project, pins):
    for text in tool.wanted(project):
        requirement = Requirement(text)
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), text


def test_whatever_the_requirements_lead_to_is_locked(project, pins):
    assert set(tool.closure(tool.wanted(project))) <= set(pins)


def fake_index(folder: Path, packages: dict[str, tuple[str, list[str]]]):
    """Installed packages that do not exist: name to (version, requirements)."""
    for name, (version, requires) in packages.items():
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {text}" for text in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def find(name: str) -> Distribution:
        for distribution in Distribution.discover(path=[str(folder)]):
            if canonicalize_name(distribution.metadata["Name"]) == name:
                return distribution
        raise PackageNotFoundError(name)

    return find


def test_closure_follows_requirements_and_circles_but_no_markers_or_extras_that_do_not_apply(tmp_path):
    find = fake_index(
        tmp_path,
        {
            "A": ("1.0", ["b>=1", "windows; sys_platform == 'win99'", "unasked; extra == 'more'", "c[fast]"]),
            "b": ("2.1+cpu", ["a", "nvidia-something"]),
            "c": ("3", ["quick; extra == 'fast'", "other; extra == 'slow'"]),
            "quick": ("0.1.post2", []),
            "stranger": ("1", []),
        },
    )
    assert tool.closure(["a"], find) == {"a": "1.0", "b": "2.1", "c": "3", "quick": "0.1.post2"}


def test_closure_visits_a_package_again_for_an_extra_that_comes_later(tmp_path):
    find = fake_index(tmp_path, {"c": ("3", ["quick; extra == 'fast'"]), "quick": ("1", []), "d": ("1", ["c[fast]"])})
    assert tool.closure(["d", "c"], find) == {"c": "3", "d": "1", "quick": "1"}


def test_a_requirement_that_is_not_installed_is_named(tmp_path):
    find = fake_index(tmp_path, {"a": ("1", ["absent"])})
    with pytest.raises(PackageNotFoundError, match="absent"):
        tool.closure(["a"], find)


def test_writing_and_checking_the_lock_agree(tmp_path, capsys):
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["packaging"]\n[dependency-groups]\ndev = ["pluggy"]\n', encoding="utf-8"
    )
    assert tool.main(["--check"], tmp_path) == 1
    assert tool.main([], tmp_path) == 0
    assert tool.main(["--check"], tmp_path) == 0
    lock = tmp_path / "requirements-dev.txt"
    text = lock.read_text(encoding="utf-8")
    assert [line.partition("==")[0] for line in text.splitlines()[1:]] == ["packaging", "pluggy"]
    capsys.readouterr()
    lock.write_text(text + "stale==1\n", encoding="utf-8")
    assert tool.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().out == "- stale==1\n"
