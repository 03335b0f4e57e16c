"""Every shipped spec at its full size, killed at a random moment: `make verify`, by hand, since it takes long."""

import io
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from rivalry.plugins import plugins
from rivalry.run import Run
from rivalry.spec.model import Spec
from rivalry.spec.tree import read
from rivalry.training import train
from small import digest, without_times

SPECS = [name for name, (file, _) in sorted(plugins().specs().items()) if {"data", "extends"} & read(file).value.keys()]
STEPS = 12


def short(name: str, folder: Path) -> Path:
    """The spec as it is shipped, but for its length and how often it is kept."""
    body = Spec.load(name).plain()
    body["train"] |= {"steps": STEPS, "batch": 8, "log_every": 2, "checkpoint_every": 3, "sample_every": 1000,
                      "device": "cpu", "threads": 1}  # fmt: skip
    body["train"].pop("epochs", None)
    for stage in body.get("stages", ()):
        stage.pop("epochs", None)
        stage |= {"steps": STEPS // len(body["stages"]), "batch": 8}
    text = io.StringIO()
    YAML().dump(body, text)
    file = folder / f"{name}.yaml"
    file.write_text(text.getvalue())
    return file


@pytest.mark.verify
@pytest.mark.parametrize("name", SPECS)
def test_a_killed_run_of_full_size_ends_as_if_nothing_had_happened(name, tmp_path):
    spec = short(name, tmp_path)
    whole, out = tmp_path / "whole", tmp_path / "run"
    assert train(spec, out=whole, quiet=True).status == "done"
    words = [sys.executable, "-m", "rivalry", "train", str(spec), "--out", str(out), "--quiet"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as process:
        until = time.monotonic() + 300
        while not (out / "log.jsonl").exists() and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(random.Random(name).uniform(0, 2))
        process.kill()
    assert train(out=out, resume=True, quiet=True).status == "done"
    ended, expected = Run.open(out), Run.open(whole)
    assert ended.step == expected.step
    assert digest(ended._tensors) == digest(expected._tensors)
    assert without_times(ended.history()) == without_times(expected.history())
