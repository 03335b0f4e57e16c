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
    print("exit code", code, flush=True)
"""


@attrs.frozen
class Environment:
    """A virtual environment and a folder to work in."""

    folder: Path

    def python(self, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """What its interpreter says; `path` puts one more folder of distributions before it."""
        keep = {key: os.environ[key] for key in ("PATH", "HOME", "XDG_CACHE_HOME") if key in os.environ}
        more = {"PYTHONPATH": str(path)} if path else {}
        return subprocess.run(
            [str(self.folder / "venv" / "bin" / "python"), *arguments],
            capture_output=True, text=True, check=False, cwd=self.folder, env={**keep, **more, "OMP_NUM_THREADS": "1"}, timeout=60,
        )  # fmt: skip

    def rivalry(self, *words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The command, as installed."""
        return self.python(str(self.folder / "venv" / "bin" / "rivalry"), *words, path=path)

    def session(self, *commands: str) -> str:
        """What several commands print, in one interpreter."""
        done = self.python("-c", COMMANDS.format(commands=[command.split() for command in commands]))
        assert done.returncode == 0, done.stderr
        return done.stdout


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
    run(python, "-m", "pip", f"--python={venv}", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", *wheels.glob("*.whl"))
    # A plain line in a .pth: the folder joins the path, behind the wheels, and the .pth files in it (an editable Rivalry's) do not run.
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Environment(folder)


def test_what_runs_is_what_was_installed(environment):
    program = "import rivalry, rivalry_zoo, rivalry_specs, rivalry_example as e; print(*(m.__file__ for m in (rivalry, rivalry_zoo, rivalry_specs, e)))"
    files = environment.python("-c", program).stdout.split()
    assert len(files) == 4
    assert all(Path(file).is_relative_to(environment.folder / "venv") for file in files)


def test_what_a_stranger_brings_is_listed_and_described_with_its_plugin(environment):
    printed = environment.session(
        "list", "describe objective exponential", "describe norm rms", "describe metric mean_distance", "describe spec ring_exponential",
        "describe objective exponential --bibtex", "list --plugins", "check ring_exponential",
    ).split("exit code 0\n")  # fmt: skip
    listed, exponential, rms, distance, spec, bibtex, names, checked, rest = printed
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
    assert checked == "ring_exponential: right\n"
    assert rest == ""


def test_a_strangers_spec_trains_and_its_listener_hears_everything(environment):
    settings = [f"--set={setting}" for setting in [*TINY, "train.steps=20", "train.log_every=10", "train.checkpoint_every=10"]]
    more = ["--set=generators.G.norm=rms", "--set=train.evaluate_every=20", "--set=metrics.distance.samples=64", "--set=metrics.modes=null"]
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


def test_a_disabled_package_leaves_nothing_behind(environment):
    printed = environment.session(
        "--disable-plugin rivalry_example list", "--disable-plugin rivalry_example describe norm rms",
        "--disable-plugin rivalry_example.rms list norms", "--disable-plugin rivalry_example check ring_exponential",
    )  # fmt: skip
    everything, unknown, norms, spec, _ = printed.split("exit code ")
    assert "rivalry_example" not in everything
    assert "hinge" in everything
    assert unknown.split() == ["0"]
    assert norms.startswith("2\nnorm\n")
    assert "rms" not in norms
    assert spec.split() == ["0"]
    assert printed.endswith("exit code 2\n")


def test_the_package_passes_its_own_tests(environment):
    done = environment.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "source/tests")
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


BROKEN = {
    "import error": ("import a_library_that_is_not_here", 0, "rivalry: plugin 'stranger.broken' is left out: ModuleNotFoundError: No module named"),
    "misspelt hook": (
        "import rivalry\n@rivalry.hookimpl\ndef rivalry_run_begun(run): pass\n",
        0,
        "rivalry: plugin 'stranger.broken' is left out: PluginError: plugin 'stranger.broken' implements no known hook 'rivalry_run_begun'; ",
    ),
    "duplicate name": (
        objective("exponential"),
        2,
        "two plugins provide the objective 'exponential': 'rivalry_example.exponential' and 'stranger.broken'; leave one out with --disable-plugin",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_package_is_named_and_nobody_sees_a_traceback(environment, tmp_path, fault):
    source, code, message = BROKEN[fault]
    path = distribution(tmp_path, {"broken.py": source, "sound.py": objective("sound")})
    done = environment.rivalry("list", "objectives", path=path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert ("sound" in done.stdout) == (code == 0)
