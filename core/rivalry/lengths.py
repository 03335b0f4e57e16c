"""How long a run is, and which stage a step belongs to."""

from collections.abc import Mapping, Sequence

from rivalry.graph.turns import batches
from rivalry.interfaces import Dataset
from rivalry.spec.model import Spec

DEFAULT_STEPS = 10_000
"""The length of a run whose spec names none."""


def stage_at(lengths: Sequence[int], step: int) -> tuple[int, int]:
    """The stage that a finished step belongs to, and the steps of all stages before it."""
    before = 0
    for index, length in enumerate(lengths[:-1]):
        if step <= before + length:
            return index, before
        before += length
    return len(lengths) - 1, before


def steps_of(game: Spec, datasets: Mapping[str, Dataset]) -> int:
    """A game's length in steps; epochs are those of its largest data set."""
    train = game.train
    if train.epochs is None:
        return int(train.steps or DEFAULT_STEPS)
    examples = max(len(dataset) for dataset in datasets.values())
    return max(1, round(train.epochs * examples / (train.batch * batches(game.graph))))
