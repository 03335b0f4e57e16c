"""Wheel and sdist: what is in them, what they say of themselves, and that the wheel works where nothing else is.

The tree itself is the reference for the file lists. Mutations that fail here: to drop a root from the wheel's packages,
a folder from the sdist's list, a licence file, or py.typed.
"""

import email
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("build")
pytest.importorskip("hatchling")
pytestmark = pytest.mark.install

ROOT = Path(__file__).resolve().parents[2]
ROOTS = {"rivalry": ROOT / "core", "rivalry_zoo": ROOT / "plugins", "rivalry_specs": ROOT / "specs"}
DATA = "plugins/rivalry_zoo/datasets"
LICENSES = ["LICENSE", *(f"{DATA}/{name}.LICENSE" for name in ("fashion_mnist", "tabla", "words"))]
CACHES = re.compile(r"(^|/)(__pycache__|\.[a-z]+_cache|_build|\.venv|runs|dist)(/|$)|\.py[cod]$")


def call(*command: object, cwd: Path) -> str:
    """Run a command without a network, without this session's import paths; its output, or a failure that shows it."""
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "RIVALRY_PLUGINS"}}
    environment |= {"OMP_NUM_THREADS": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the sdist of this tree."""
    folder = tmp_path_factory.mktemp("built")
    call(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    assert sorted(path.name for path in folder.iterdir()) == ["rivalry-0.1.0-py3-none-any.whl", "rivalry-0.1.0.tar.gz"]
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    """The wheel."""
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(built, tmp_path_factory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel in it; all other packages are borrowed from this one, later on its path."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    call(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    shared = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    own = next(folder.glob("lib/python*/site-packages"))
    (own / "shared.pth").write_text("".join(f"{path}\n" for path in shared), encoding="utf-8")
    return folder


def tree(root: str) -> set[str]:
    """The files of one import root, as a wheel names them."""
    paths = (path for path in (ROOTS[root] / root).rglob("*") if path.is_file())
    return {name for path in paths if not CACHES.search(name := path.relative_to(ROOTS[root]).as_posix())}


def test_wheel_holds_the_three_roots_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = {name for name in names if name.startswith("rivalry-0.1.0.dist-info/")}
    assert names - metadata == tree("rivalry") | tree("rivalry_zoo") | tree("rivalry_specs")
    assert [name for name in names if CACHES.search(name)] == []
    assert {
        "rivalry/py.typed",
        "rivalry_specs/dcgan.yaml",
        "rivalry_zoo/datasets/fashion_mnist.npz",
        "rivalry_zoo/datasets/fashion_mnist.LICENSE",
    } <= names


def test_metadata_states_the_license_and_carries_its_texts(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = email.message_from_bytes(archive.read("rivalry-0.1.0.dist-info/METADATA"))
        texts = {name: archive.read(f"rivalry-0.1.0.dist-info/licenses/{name}") for name in LICENSES}
        points = archive.read("rivalry-0.1.0.dist-info/entry_points.txt").decode()
    assert metadata["License-Expression"] == "MIT"
    assert sorted(metadata.get_all("License-File")) == sorted(LICENSES)
    assert texts == {name: (ROOT / name).read_bytes() for name in LICENSES}
    assert metadata["Requires-Python"] == ">=3.11"
    assert any(line.startswith("torch>=") for line in metadata.get_all("Requires-Dist"))
    assert "rivalry = rivalry.cli:main" in points
    assert "zoo = rivalry_zoo" in points


def test_sdist_holds_what_one_needs_to_work_on_it(unpacked):
    names = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    wanted = {".ci/run", "LICENSE", "Makefile", "PKG-INFO", "README.md", "pyproject.toml", "requirements-dev.txt"}
    for folder in ("benchmarks", "changes", "core", "docs", "plugins", "specs", "tests", "tools"):
        files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        wanted |= {name for name in files if not CACHES.search(name)}
    assert wanted - names == set()
    assert [name for name in names if CACHES.search(name)] == []


def test_sdist_builds_the_same_wheel(unpacked, wheel, tmp_path):
    options = ("--no-deps", "--no-index", "--no-build-isolation")
    call(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", tmp_path, unpacked, cwd=tmp_path)

    def contents(path: Path) -> dict[str, str]:
        with zipfile.ZipFile(path) as archive:
            return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}

    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


def test_the_installed_wheel_is_the_one_that_is_imported(installed, tmp_path):
    program = """
import importlib.metadata, importlib.util, json, rivalry, rivalry_specs, rivalry_zoo
print(json.dumps({
    "places": [module.__file__ for module in (rivalry, rivalry_specs, rivalry_zoo)],
    "metadata": str(importlib.metadata.distribution("rivalry").locate_file("")),
    "strays": [name for name in ("core", "plugins", "specs") if importlib.util.find_spec(name)],
}))
"""
    found = json.loads(call(installed / "bin" / "python", "-c", program, cwd=tmp_path))
    assert all(Path(place).is_relative_to(installed) for place in [*found["places"], found["metadata"]])
    assert found["strays"] == []


def test_the_installed_wheel_lists_checks_and_trains(installed, tmp_path):
    rivalry = installed / "bin" / "rivalry"
    assert "dcgan" in call(rivalry, "list", cwd=tmp_path)
    call(rivalry, "check", "dcgan", cwd=tmp_path)
    settings = [f"--set=train.{text}" for text in ("steps=2", "batch=8", "device=cpu")]
    call(rivalry, "train", "dcgan", "--out", "run", "--quiet", *settings, cwd=tmp_path)
    assert (tmp_path / "run" / "samples.png").read_bytes().startswith(b"\x89PNG")
    assert "<html" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "run" / "checkpoints").is_dir()
