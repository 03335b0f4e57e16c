"""A stranger's package, installed beside Rivalry's wheel in an environment of its own, is as much at home as the zoo.

Third-party libraries come from the environment of the tests; Rivalry and the example come from wheels alone.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import attrs
import pytest

from strangers import distribution, objective

pytestmark = pytest.mark.install

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
EXAMPLE = HERE / "rivalry_example"
TINY = ["generators.G.width=8", "discriminators.D.width=8", "data.size=64", "train.batch=8", "train.device=cpu"]
COMMANDS = """
import sys
from rivalry.cli import main
for words in {commands!r}:
    code = main(words)
    print("exit code", code, end="\\0", flush=True)
"""


@attrs.frozen
class Environment:
    """A virtual environment and a folder to work in."""

    folder: Path

    def python(self, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What its interpreter says; `path` puts one more folder of distributions before it."""
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "XDG_CACHE_HOME") if key in os.environ}
        more = {"PYTHONPATH": str(path)} if path else {}
        words = [str(self.folder / "venv" / "bin" / "python"), *arguments]
        settings = {**keep, **more, "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            words, capture_output=True, text=True, check=False, cwd=self.folder, env=settings, timeout=60
        )

    def rivalry(self, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The command, as installed."""
        return self.python(str(self.folder / "venv" / "bin" / "rivalry"), *words, path=path)

    def session(self, *commands: str) -> list[str]:
        """What each of several commands prints, in one interpreter, and its exit code."""
        done = self.python("-c", COMMANDS.format(commands=[command.split() for command in commands]))
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\0")[:-1]


def run(*words: str | Path, cwd: Path | None = None) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def environment(tmp_path_factory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    wheels, venv, python = folder / "wheels", folder / "venv", Path(sys.executable)
    source = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    for project in (REPOSITORY, source):
        run(python, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels, cwd=project)
    run(python, "-m", "venv", "--without-pip", venv)
    run(
        python,
        "-m",
        "pip",
        f"--python={venv}",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--no-compile",
        *wheels.glob("*.whl"),
    )
    # A plain line in a .pth: the folder joins the path, behind the wheels, and the .pth files in it do not run
    # (one of them may be that of an editable Rivalry).
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Environment(folder)


def test_what_runs_is_what_was_installed(environment):
    names = "rivalry, rivalry_zoo, rivalry_specs, rivalry_example"
    program = f"import {names}\nfor module in ({names}): print(module.__file__)"
    files = environment.python("-c", program).stdout.split()
    assert len(files) == 4
    assert all(Path(file).is_relative_to(environment.folder / "venv") for file in files)


@pytest.fixture(scope="session")
def printed(environment) -> list[str]:
    """What a few commands print, the exit code last."""
    return environment.session(
        "list",
        "describe objective exponential",
        "describe norm rms",
        "describe metric mean_distance",
        "describe spec ring_exponential",
        "describe objective exponential --bibtex",
        "list --plugins",
        "check ring_exponential",
        "--disable-plugin rivalry_example list",
        "--disable-plugin rivalry_example check ring_exponential",
        "--disable-plugin rivalry_example.rms list",
    )


def test_what_a_stranger_brings_is_listed_and_described_with_its_plugin(printed):
    listed, exponential, rms, distance, spec, bibtex, names, checked = printed[:8]
    rows = dict(line.split()[:: len(line.split()) - 1] for line in listed.splitlines() if line.startswith("  "))
    assert rows["exponential"] == "rivalry_example.exponential"
    assert rows["rms"] == "rivalry_example.rms"
    assert rows["mean_distance"] == "rivalry_example.mean_distance"
    assert rows["ring_exponential"] == "rivalry_example"
    assert rows["hinge"] == "rivalry_zoo.objectives.hinge"
    assert "from rivalry_example.exponential" in exponential
    assert "2 E_p[exp(-s)] + 2 E_q[exp(s)]" in exponential
    assert "paper: Basioti & Moustakides 2020" in exponential
    assert "eps       number > 0    default 1e-08" in rms
    assert "given by the data and the flow" in rms
    assert "features  features" in distance
    assert "extends: ring" in spec
    assert "from rivalry_example: " in spec
    assert "eprint = {2002.00865}" in bibtex
    assert {"rivalry_example", "rivalry_example.diary", "rivalry_example.rms"} <= set(names.split())
    assert checked == "ring_exponential: right\nexit code 0"


def test_a_strangers_spec_trains_and_its_listener_hears_everything(environment):
    settings = [
        f"--set={setting}" for setting in [*TINY, "train.steps=20", "train.log_every=10", "train.checkpoint_every=10"]
    ]
    more = [
        "--set=generators.G.norm=rms",
        "--set=train.evaluate_every=20",
        "--set=metrics.distance.samples=64",
        "--set=metrics.modes=null",
    ]
    done = environment.rivalry("train", "ring_exponential", *settings, *more, "--quiet", "--out", "trained")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("done at step 20 ")
    folder = environment.folder / "trained"
    assert (folder / "example.txt").read_text().splitlines() == [
        "started at step 0",
        "step 10: game.discriminator, penalty, game.generator",
        "saved 00000010",
        "step 20: game.discriminator, penalty, game.generator",
        "evaluated at step 20: distance",
        "saved 00000020",
        "finished: done",
    ]
    assert json.loads((folder / "lock.json").read_text())["versions"]["rivalry_example"] == "0.1.0"


def test_a_disabled_package_or_module_leaves_nothing_behind(printed):
    without, spec, without_rms = printed[8:]
    assert "rivalry_zoo.objectives.hinge" in without
    assert "rivalry_example" not in without
    assert spec == "exit code 2"
    assert "rivalry_example.exponential" in without_rms
    assert "rivalry_example.rms" not in without_rms


def test_the_package_passes_its_own_tests(environment):
    done = environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "source/tests")
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_a_broken_package_is_left_out_by_name_and_nobody_sees_a_traceback(environment, tmp_path):
    files = {
        "old.py": "import a_library_that_is_not_here",
        "typo.py": "import rivalry\n@rivalry.hookimpl\ndef rivalry_run_begun(run): pass\n",
        "sound.py": objective("sound"),
    }
    done = environment.rivalry("list", "objectives", path=distribution(tmp_path, files))
    assert done.returncode == 0
    assert "stranger.sound" in done.stdout
    old, typo = done.stderr.splitlines()
    assert old.startswith("rivalry: plugin 'stranger.old' is left out: ModuleNotFoundError: No module named")
    assert typo.startswith(
        "rivalry: plugin 'stranger.typo' is left out: PluginError: plugin 'stranger.typo' implements no known hook"
    )


def test_a_name_that_is_taken_is_an_error_that_names_both(environment, tmp_path):
    done = environment.rivalry("list", "objectives", path=distribution(tmp_path, {"mine.py": objective("exponential")}))
    assert (done.returncode, done.stdout) == (2, "")
    providers = "'rivalry_example.exponential' and 'stranger.mine'"
    message = (
        f"rivalry: two plugins provide the objective 'exponential': {providers}; leave one out with --disable-plugin"
    )
    assert done.stderr == message + "\n"
