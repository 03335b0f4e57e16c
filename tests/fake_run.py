"""A stand-in for a run: what listeners may ask of one, and nothing behind it."""

import json
from pathlib import Path
from types import SimpleNamespace

import attrs
import torch

from rivalry.fields import Field
from rivalry.interfaces import Score
from rivalry.measured import Number


@attrs.define(eq=False)
class FakeRun:
    """Samples are uniform in [-1, 1], real points lie on a circle, and time passes by assignment."""

    folder: Path
    field: Field = attrs.Factory(lambda: Field((1, 8, 8), low=-1.0, high=1.0))
    writes: bool = True
    step: int = 0
    first_step: int = 0
    status: str = "running"
    seconds: float = 0.0
    spec_text: str = "train:\n  steps: 100\n"
    title: str = "a game"
    has_data: bool = True
    train: SimpleNamespace = attrs.Factory(
        lambda: SimpleNamespace(
            steps=100, batch=16, log_every=1, sample_every=10, evaluate_every=50, checkpoint_every=50
        )
    )
    total: int = 100
    carried: list = attrs.Factory(list)
    asked: list = attrs.Factory(list)

    def sample(self, n: int, seed: int = 0) -> torch.Tensor:
        self.asked.append((n, seed))
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(n, *self.field.shape, generator=generator) * 2 - 1

    def real(self, n: int) -> torch.Tensor:
        if not self.has_data:
            raise LookupError("the data are not here")
        angles = torch.linspace(0, 6.2831853, n)
        return torch.stack([angles.cos(), angles.sin()], 1)

    def history(self) -> list[dict]:
        log = self.folder / "log.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def number(value: float, error: float | None = None) -> Number:
    """What an evaluation tells the listeners of one metric."""
    return Number(Score(value, error), "lower", "kid_pixels", {"metric": "kid"})
