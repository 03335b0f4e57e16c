"""Every installed component keeps the contract of its kind.

Mutations caught, one a kind, by the components below: each breaks one promise and must be found out. Those of kinds
that have a part in how a game is played stand in test_contracts_of_play.
"""

from typing import Annotated, ClassVar

import numpy as np
import pytest
import torch
from attrs import frozen
from PIL import Image
from torch import nn

from pretrained import fetched
from rivalry import (
    Dataset,
    Discriminator,
    Field,
    Generator,
    Given,
    Gt,
    Inputs,
    Latent,
    Loss,
    Metric,
    Norm,
    Objective,
    Operation,
    Optimizer,
    Penalty,
    Schedule,
    Score,
)
from rivalry.interfaces import KINDS
from rivalry.plugins import configure, plugin, plugins
from rivalry.signature import parameters
from rivalry.testing import CONTRACTS, check_component, installed
from rivalry_zoo.blocks.lpips import ALEXNET

SMALL = {"use": "judge", "examples": 64}
NEEDED = {
    ("latent", "categorical"): {"classes": 3},
    ("schedule", "linear"): {"start": 1.0, "end": 0.0, "over": 10.0},
    ("schedule", "cosine"): {"start": 1.0, "end": 0.0, "over": 10.0},
    ("schedule", "step"): {"start": 1.0, "factor": 0.5, "every": 100.0},
    ("schedule", "staircase"): {"levels": 3},
    ("objective", "began"): {"balance": 0.5},
    ("dataset", "partly_labelled"): {"data": {"use": "spiral", "size": 100}},
    ("features", "judge"): {"examples": 64},
    ("metric", "class_agreement"): {"features": SMALL},
    ("metric", "conditional_accuracy"): {"features": SMALL},
    ("metric", "linear_separability"): {"features": SMALL},
    ("metric", "modified_inception_score"): {"features": SMALL},
}
"""Arguments of the components that cannot do without any, or would take long without them."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for number in range(3):
        Image.new("RGB", (9, 8), (40 * number, 0, 200)).save(folder / f"{number}.png")
    np.save(folder / "points.npy", np.arange(12, dtype=np.float32).reshape(6, 2))
    return {"folder": {"path": str(folder), "size": 8}, "array": {"path": str(folder / "points.npy")}}


def test_every_kind_has_a_contract():
    assert set(CONTRACTS) == set(KINDS)


@pytest.fixture(scope="module")
def weights():
    """Random weights where AlexNet's would lie: some metrics look through it by default."""
    fetched(ALEXNET)


@pytest.mark.parametrize(("kind", "name"), installed(), ids=lambda word: word)
def test_contract(kind, name, files, weights):
    networks = kind in ("generator", "discriminator", "encoder")
    small = {"width": 8} if networks and "width" in parameters(plugins().find(kind, name)) else {}
    wanted = files[name] if kind == "dataset" and name in files else NEEDED.get((kind, name), {})
    check_component(kind, name, **small, **wanted)


class Described:
    """What every component says of itself."""

    name: ClassVar[str] = "broken"
    paper: ClassVar[str] = "none: broken on purpose"


class SwappedShape(Described, Generator):
    """A generator whose sample has another shape than wanted."""

    def __init__(self, inputs: Given[Inputs], output: Given[Field]) -> None:
        super().__init__()

    def forward(self, z):
        return z


class ColumnScores(Described, Discriminator):
    """Scores [N, 1]."""

    def __init__(self, inputs: Given[Inputs]) -> None:
        super().__init__()
        self.last = nn.LazyLinear(1)

    def forward(self, x, *conditions):
        return self.last(x.flatten(1))


class Flattened(Described, Norm):
    """A norm that changes the shape."""

    def __init__(self, channels: Given[int]) -> None:
        super().__init__()

    def forward(self, x, condition=None):
        return x.flatten(1)


@frozen
class Unreduced(Described, Objective):
    """No scalar."""

    def discriminator(self, real, fake):
        return fake - real

    def generator(self, real, fake):
        return -fake


@frozen
class BlindGenerator(Described, Objective):
    """A generator's loss that no fake can change."""

    def discriminator(self, real, fake):
        return (fake - real).mean()

    def generator(self, real, fake):
        return 0 * fake.mean()


@frozen
class Reward(Described, Penalty):
    """A negative penalty."""

    def forward(self, judge, real, fake):
        return -judge(real.detach()).square().mean()


@frozen
class Attached(Described, Penalty):
    """A penalty that also moves the generator."""

    def forward(self, judge, real, fake):
        return judge(fake).square().mean()


@frozen
class Constant(Described, Loss):
    """A loss of nothing."""

    def forward(self, x):
        return 0 * x.mean()


@frozen
class Unseeded(Described, Latent):
    """Codes from the global random state."""

    @property
    def field(self):
        return Field(3)

    def sample(self, n, draw):
        return torch.randn(n, 3)


@frozen
class Endless(Described, Schedule):
    """Infinite at the start."""

    clock: ClassVar[str] = "steps"

    def at(self, time):
        return 1 / time if time else float("inf")


@frozen
class Ascent(Described, Optimizer):
    """Moves the wrong way."""

    lr: float = 0.1

    def start(self, parameters):
        return {}

    def step(self, parameters, gradients, state, *, lr, skip=None):
        for parameter, gradient in zip(parameters, gradients):
            parameter.add_(gradient * (lr * (1 - skip) if skip is not None else lr))


@frozen
class Restless(Ascent):
    """Moves the right way, but also when it must not."""

    def step(self, parameters, gradients, state, *, lr, skip=None):
        for parameter, gradient in zip(parameters, gradients):
            parameter.sub_(gradient * lr)


@frozen
class WrongWay(Described, Metric):
    """A distance that calls itself the better the larger it is."""

    direction: ClassVar[str] = "higher"
    samples: int = 10

    @property
    def features(self):
        from rivalry_zoo.features.pixels import PIXELS

        return PIXELS

    def compute(self, real, fake):
        return Score(float((real.mean(0) - fake.mean(0)).norm()))


@frozen
class Shuffled(Described, Dataset):
    """Rows that do not follow the indices."""

    fields: ClassVar = {"x": Field(1)}
    fingerprint: ClassVar[str] = "shuffled"

    def __len__(self):
        return 9

    def batch(self, indices):
        return {"x": torch.arange(len(indices), dtype=torch.float32)[:, None]}


@frozen
class Tensorless(Described, Operation):
    """An operation of nothing."""

    def __call__(self):
        return torch.zeros(1)


@frozen
class Undocumented(Described, Latent):
    size: int = 3
    field = Unseeded.field
    sample = Unseeded.sample


@frozen
class Unsourced(Unseeded):
    """No paper."""

    paper: ClassVar[str] = ""


@frozen
class Untyped(Unseeded):
    """A constructor that does not say what it wants."""

    def __init__(self, size=3):
        pass


@frozen
class WrongDefault(Unseeded):
    """A default outside its own range."""

    size: Annotated[int, Gt(0)] = 0


FAULTS = [
    (SwappedShape, "wanted a sample of shape"),
    (ColumnScores, "wanted scores"),
    (Flattened, "as it came"),
    (Unreduced, "must be a scalar"),
    (BlindGenerator, "the generator's loss must depend on the fakes"),
    (Reward, "never negative"),
    (Attached, "detach the samples"),
    (Constant, "must depend on a tensor"),
    (Unseeded, "equal streams"),
    (Endless, "wanted a finite number at 0, got inf"),
    (Ascent, "against their gradients"),
    (Restless, "nothing may move"),
    (WrongWay, "far from the data are not worse"),
    (Shuffled, "row 0 of `x`"),
    (Tensorless, "at least one tensor"),
    (Undocumented, "lacks a docstring"),
    (Unsourced, "lacks `paper`"),
    (Untyped, "does not say what size must be"),
    (WrongDefault, "defaults that its own annotations refuse"),
]


@pytest.mark.parametrize(("component", "message"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_promise_is_found_and_named(component, message):
    try:
        plugin(component)
        with pytest.raises(AssertionError, match=message):
            check_component(component.kind, "broken")
    finally:
        configure()


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    check_component("norm", "batch")
    assert torch.equal(before, torch.get_rng_state())
