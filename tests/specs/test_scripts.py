"""Every shipped spec as a script of its own, which plays the same steps without a spec, a graph or a trainer.

Mutations that were tried and fail here: networks that are all seeded by one name, a stage that forgets its optimisers,
idle parameters left with their player.
"""

import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from rivalry.checking import Checked, check, open_datasets
from rivalry.engine import Engine
from rivalry.errors import SpecError
from rivalry.graph.emit import emit
from rivalry.initial import initialise
from rivalry.interfaces import Generator
from rivalry.script import script
from rivalry.stages import enter
from rivalry.training import train
from small import CPU, RING, narrow, shipped, tiny

STEPS = 5
RUNNER = """
import runpy, sys

FORBIDDEN = {
    "spec", "graph", "training", "loop", "run", "engine", "checking", "explain", "script", "cli", "plugins", "sampling",
    "stages", "initial", "lock", "making", "evaluation", "signature", "testing",
}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        parts = name.split(".")
        if parts[0] in ("pydantic", "ruamel") or parts[0] == "rivalry" and parts[1:2] and parts[1] in FORBIDDEN:
            raise ImportError(f"a script imports {name}")

sys.meta_path.insert(0, Blocker())
steps, *files = sys.argv[1:]
for file in files:
    print("file", file)
    sys.argv = [file, steps]
    runpy.run_path(file, run_name="__main__")
"""


@cache
def checked(name: str) -> Checked:
    source, settings = GAMES[name]
    return check(source, [*settings, "train.device=cpu"])


def played(found: Checked) -> Iterator[dict[str, float]]:
    """What a trainer logs of the first steps of every stage."""
    spec, before = found.spec, None
    for index, game in enumerate(spec.games()):
        engine = Engine(game, found.facts, found.stages[index], open_datasets(game), CPU, before=before)
        if before is None:
            initialise(engine, spec)
        if spec.stages:
            enter(engine, spec.stages[index], before)
        for _ in range(STEPS):
            yield {label: loss.item() for label, loss in engine.step().items()}
        before = engine


def printed(files: dict[str, Path]) -> dict[str, list[dict[str, float]]]:
    """What scripts print when they run, by name."""
    found: dict[str, list[dict[str, float]]] = {}
    command = [sys.executable, "-W", "error", "-c", RUNNER, str(STEPS), *map(str, files.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        head, _, rest = line.partition(" ")
        if head == "file":
            rows = found.setdefault(Path(rest).stem, [])
        elif head.isdecimal():
            rows.append(literal_eval(rest))
    return found


NAMES = ["main", "data", "print", "torch", "Player", "network", "streams", "before", "partial", "MlpGenerator"]
COLLIDING: dict[str, Any] = {
    "data": {"use": "ring", "size": 64},
    "latents": {"z": {"use": "normal", "size": 2}},
    "generators": {name: {"use": "mlp", "width": 4, "layers": 1} for name in NAMES},
    "discriminators": {"D": {"use": "mlp", "width": 4, "layers": 1}},
    "losses": {f"of_{name}": {"objective": "hinge", "judge": "D", "real": "x", "fake": f"{name}(z)"} for name in NAMES},
    "train": {"batch": 4, "device": "cpu", "ema": None, "channels_last": False},
}
STAGED = {
    **COLLIDING,
    "stages": [
        {"name": "first part", "steps": 5, "losses": ["of_before"], "order": ["generator", "discriminator"]},
        {"name": "main", "steps": 5, "batch": 6, "data": {"use": "ring", "size": 32}, "reset_optimizer": ["generator"]},
        {"name": "last", "steps": 5, "copy": {"print": "data"}, "freeze": ["torch"]},
    ],
}
RINGS = [*narrow("ring"), *RING, "data.size=64"]
GAMES: dict[str, tuple[Any, list[str]]] = {
    **{name: tiny(name) for name in shipped()},
    "colliding": (COLLIDING, []),
    "staged": (STAGED, []),
    "simultaneous": ("ring", [*RINGS, "train.order=simultaneous"]),
    "extragradient": ("ring", [*RINGS, "train.order=extragradient"]),
    "bf16": ("ring", [*RINGS, "train.precision=bf16", "train.threads=1"]),
    "fresh": ("ring", [*RINGS, "train.fakes=fresh", "train.order=[discriminator * 2, generator]"]),
}


@pytest.fixture(scope="module")
def losses(tmp_path_factory) -> dict[str, list[dict[str, float]]]:
    folder = tmp_path_factory.mktemp("scripts")
    files = {name: folder / f"{name}.py" for name in GAMES}
    for name, file in files.items():
        file.write_text(script(checked(name)))
    return printed(files)


@pytest.mark.parametrize("name", GAMES)
def test_a_script_plays_the_steps_of_its_spec(name, losses):
    assert losses[name] == [*played(checked(name))]
    assert len(losses[name]) == STEPS * max(1, len(checked(name).spec.stages))


@pytest.mark.parametrize("name", GAMES)
def test_the_code_of_a_script_is_the_code_that_runs(name):
    found = checked(name)
    game = found.spec.games()[0]
    code = emit(game.graph, game.train.fakes, origin=game.origin, merged=found.stages[0].merged).source
    text = script(found)
    lines = iter(text.splitlines())
    assert all(any(line.strip() == wanted.strip() for line in lines) for wanted in code.splitlines())
    assert found.spec.stages or code in text
    owned = {name for player in game.graph.players.values() for name in player.networks}
    assert all(repr(key) in text for key in found.stages[0].idle if key.partition(".")[0] in owned)


def test_a_network_of_another_run_is_loaded(tmp_path):
    run = train("ring", out=tmp_path / "old", settings=[*RINGS, "train.steps=4"], quiet=True)
    found = check("ring", [*RINGS, f"generators.G.from={run.folder}/G"])
    file = tmp_path / "again.py"
    file.write_text(script(found))
    assert printed({"again": file})["again"] == [*played(found)]


class Doubled(Generator):
    name = "doubled"
    paper = "none: a test's"

    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)

    def forward(self, z):
        return self.inner(z)


def test_what_was_handed_in_from_python_cannot_be_written():
    live = {**COLLIDING, "generators": {**COLLIDING["generators"], "main": Doubled()}}
    with pytest.raises(SpecError, match=r"generators\.main: was handed in from Python: no script can make it"):
        script(check(live))


def test_a_class_that_no_import_reaches_cannot_be_written(monkeypatch):
    found = checked("colliding")
    monkeypatch.setattr(sys.modules["rivalry_zoo.objectives.hinge"], "Hinge", None)
    with pytest.raises(SpecError, match=r"no import reaches 'rivalry_zoo\.objectives\.hinge\.Hinge'"):
        script(found)
