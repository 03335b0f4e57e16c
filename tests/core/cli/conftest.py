"""Commands are run in this process, in an empty folder, on a game of the ring that takes a moment."""

import shutil
from pathlib import Path

import attrs
import pytest

from rivalry.cli import main
from rivalry.plugins import configure

TINY = [
    f"--set={setting}"
    for setting in (
        "generators.G.width=8",
        "discriminators.D.width=8",
        "data.size=64",
        "train.batch=8",
        "train.device=cpu",
    )
]


@attrs.frozen
class Done:
    """An exit code, and what was printed where."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(capsys, monkeypatch, tmp_path):
    """Runs a command in a fresh folder; whatever happens, there is no traceback and no half-written file."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Done:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as exit:  # argparse leaves in this way
            code = exit.code
        done = Done(code, *capsys.readouterr())
        assert "Traceback" not in done.out + done.err
        assert not list(tmp_path.rglob("*.tmp"))
        return done

    yield run
    configure()


@pytest.fixture
def train(command):
    """Trains four steps of the tiny ring."""
    return lambda *words: command("train", "ring", *TINY, "--set=train.steps=4", "--quiet", *words)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """The folder of a finished run; copy it before changing it."""
    folder = tmp_path_factory.mktemp("trained") / "ring"
    assert main(["train", "ring", *TINY, "--set=train.steps=4", "--quiet", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """A finished run of this test's own."""
    return shutil.copytree(trained, tmp_path / "run")


DAMAGE = {
    "is not a run: it has no lock.json": shutil.rmtree,
    "lock.json cannot be read": lambda run: (run / "lock.json").write_text("[]"),
    "spec.yaml: cannot be read": lambda run: (run / "spec.yaml").unlink(),
    "data: is missing": lambda run: (run / "spec.yaml").write_text("rivalry: 1\n"),
    "has no checkpoint that can be read": lambda run: shutil.rmtree(run / "checkpoints"),
    "its tensors do not have their checksum": lambda run: next(run.rglob("*.safetensors")).write_bytes(b"?"),
}


@pytest.fixture(params=DAMAGE)
def damaged(run, request):
    """A run that cannot be opened, and what is said about it."""
    DAMAGE[request.param](run)
    return run, request.param
