"""Setting up: which Python, whose torch, what pip is asked for, and that pip alone decides where from.

Commands are recorded, not run; `make test` itself is the run. Mutations that fail here: to swap lock and ranges, to let
a development environment borrow, to leave a stamp after a failure, to name an index.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = str(ROOT / "requirements-dev.txt")


class Recorder:
    """Stands in for subprocess.run: remembers the words, makes what `python -m venv` would, and can fail."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.fails = ""

    def run(self, command: list[str], **options: object) -> SimpleNamespace:
        """Remember one command."""
        assert options["check"] is False
        self.commands.append(command)
        if command[1:3] == ["-m", "venv"]:
            folder = Path(command[-1])
            python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
            (folder / "lib" / python / "site-packages").mkdir(parents=True)
            borrowed = str("--system-site-packages" in command).lower()
            (folder / "pyvenv.cfg").write_text(f"include-system-site-packages = {borrowed}\n", encoding="utf-8")
        return SimpleNamespace(returncode=int(self.fails in command if self.fails else False))

    @property
    def asked(self) -> list[list[str]]:
        """What pip was asked to install, each call without its quietness."""
        after = [command[command.index("install") + 1 :] for command in self.commands if "install" in command]
        return [[word for word in words if word != "--quiet"] for words in after]


@pytest.fixture
def recorder() -> Recorder:
    """What was run."""
    return Recorder()


@pytest.fixture
def set_up(monkeypatch, tmp_path, recorder):
    """The tool's main, its commands recorded: call it with runtime or dev and the place of the caller's torch."""
    spec = importlib.util.spec_from_file_location("rivalry_tools_environment", ROOT / "tools" / "environment.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    monkeypatch.setattr(tool.subprocess, "run", recorder.run)

    def set_up(wanted: str, torch: Path | None = None) -> Path:
        monkeypatch.setattr(tool, "torch_here", lambda: torch)
        monkeypatch.setattr(sys, "argv", ["environment.py", str(tmp_path / "venv"), wanted])
        tool.main()
        return tmp_path / "venv"

    return set_up


def test_runtime_without_a_torch_takes_the_versions_of_the_lock(set_up, recorder):
    folder = set_up("runtime")
    assert recorder.commands[0] == [sys.executable, "-m", "venv", str(folder)]
    assert recorder.asked == [["--constraint", LOCK, "--editable", "."]]
    assert (folder / ".runtime").exists()
    assert not (folder / ".dev").exists()


def test_runtime_reuses_the_torch_that_is_there(set_up, recorder, tmp_path):
    folder = set_up("runtime", torch=tmp_path / "elsewhere")
    assert recorder.commands[0] == [sys.executable, "-m", "venv", "--system-site-packages", str(folder)]
    assert next(folder.rglob("borrowed.pth")).read_text(encoding="utf-8") == f"{tmp_path / 'elsewhere'}\n"
    assert recorder.asked == [["--editable", "."]]


def test_development_takes_the_whole_lock_and_serves_as_runtime_too(set_up, recorder, tmp_path):
    folder = set_up("dev", torch=tmp_path / "elsewhere")
    assert recorder.commands[0] == [sys.executable, "-m", "venv", str(folder)]
    assert recorder.asked == [["-r", LOCK], ["--no-deps", "--no-build-isolation", "--editable", "."]]
    assert (folder / ".runtime").exists()
    assert (folder / ".dev").exists()


def test_development_starts_afresh_where_the_demo_borrowed(set_up, tmp_path):
    folder = set_up("runtime", torch=tmp_path / "elsewhere")
    set_up("dev", torch=tmp_path / "elsewhere")
    assert "false" in (folder / "pyvenv.cfg").read_text(encoding="utf-8")
    assert list(folder.rglob("borrowed.pth")) == []


def test_a_second_call_keeps_the_environment(set_up, recorder):
    set_up("dev")
    set_up("dev")
    assert [command[1:3] for command in recorder.commands].count(["-m", "venv"]) == 1


def test_a_failed_installation_leaves_no_stamp(set_up, recorder, tmp_path):
    recorder.fails = "--no-deps"
    with pytest.raises(SystemExit, match="pip could not install"):
        set_up("dev")
    assert not (tmp_path / "venv" / ".dev").exists()
    assert not (tmp_path / "venv" / ".runtime").exists()


def test_a_failed_creation_leaves_no_folder(set_up, recorder, tmp_path):
    recorder.fails = "venv"
    with pytest.raises(SystemExit, match="cannot make a virtual environment"):
        set_up("dev")
    assert not (tmp_path / "venv").exists()


def test_an_old_python_is_told_what_is_needed(set_up, recorder, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and .* is 3\.10\.14; try: make PYTHON="):
        set_up("runtime")
    assert recorder.commands == []


def test_no_index_and_no_host_is_named_where_things_are_installed():
    for name in ("Makefile", ".ci/run", "tools/environment.py", "tools/lock.py", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"index-url|find-links|trusted-host|://|--proxy", text) == [], name


def test_make_without_a_target_lists_the_targets():
    done = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    for target in ("demo", "test", "lint", "types", "docs", "unit", "results", "bench", "clean", "help"):
        assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE), target
