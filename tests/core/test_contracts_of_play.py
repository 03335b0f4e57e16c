"""The contracts of what moves, steers and lays out games: one sound component a kind, and one for each broken promise.

Mutations caught: each component of FAULTS is one.
"""

from typing import ClassVar, NamedTuple

import pytest
import torch
from attrs import frozen
from torch import Tensor

from rivalry import Dataset, Discriminator, Draws, Field, Given, Inputs, Latent, Objective, Operation
from rivalry.interfaces import Augment, FittedLayer, Layer, Observing, Order, Sampler, Variant, Weight
from rivalry.marks import Number
from rivalry.plugins import configure, plugin
from rivalry.testing import check_component


class Described:
    """What every component says of itself."""

    name: ClassVar[str] = "stranger"
    paper: ClassVar[str] = "none: made for this test"


@frozen
class Sound(Described, Augment, Draws):
    """Brighter or darker."""

    strength: Number = 0.5

    def __call__(self, x, *, draw):
        shift = draw.normal(len(x)).to(x.dtype).reshape(-1, *[1] * (x.ndim - 1))
        return x + self.strength * shift


@frozen
class Cropping(Described, Augment):
    """Samples of another shape."""

    def __call__(self, x):
        return x[..., 1:]


@frozen
class Rounding(Described, Augment):
    """Samples that no gradient reaches."""

    def __call__(self, x):
        return x.detach() * 2


@frozen
class Widening(Described, Augment):
    """Samples of another type."""

    def __call__(self, x):
        return x.double()


@frozen
class Unseeded(Described, Augment):
    """Numbers from the global state."""

    def __call__(self, x):
        return x + torch.randn_like(x)


@frozen
class Branching(Sound):
    """A branch on a number that only the device may know."""

    def __call__(self, x, *, draw):
        return Sound.__call__(self, x, draw=draw) if self.strength > 0 else x


@frozen
class BranchingGame(Described, Objective):
    """A game that branches on its number."""

    balance: Number = 1.0

    def discriminator(self, real, fake):
        return fake.mean() - real.mean() if self.balance > 0 else fake.mean()

    def generator(self, real, fake):
        return -fake.mean()


@frozen
class Ratio(Described, Weight):
    """|of| / |over|, kept finite."""

    def __call__(self, of, over):
        sizes = [torch.stack([g.norm() for g in some]).norm() for some in (of, over)]
        return (sizes[0] / (sizes[1] + 1e-4)).detach()


@frozen
class Endless(Described, Weight):
    """0 / 0 where gradients vanish."""

    def __call__(self, of, over):
        sizes = [torch.stack([g.detach().norm() for g in some]).norm() for some in (of, over)]
        return sizes[0] / sizes[1]


@frozen
class Attached(Described, Weight):
    """A weight that sends gradients."""

    def __call__(self, of, over):
        return torch.stack([g.norm() for g in of]).sum()


@frozen
class Waiting(Described, Weight):
    """A weight that makes the host wait."""

    def __call__(self, of, over):
        return torch.tensor(of[0].norm().item())


@frozen
class Drift(Described, Observing):
    """Follows what it sees, within bounds."""

    low: float = 0.0
    high: float = 1.0
    initial: float = 0.5

    def follow(self, value, observed):
        return (value + 0.1 * observed).clamp(self.low, self.high)


@frozen
class Unbounded(Drift):
    """Forgets its bounds."""

    def follow(self, value, observed):
        return value + 0.1 * observed


@frozen
class Outside(Drift):
    """Begins outside of them."""

    initial: float = 2.0


@frozen
class Growing(Drift):
    """A row instead of a number."""

    def follow(self, value, observed):
        return torch.stack([value, observed])


@frozen
class InPlace(Drift):
    """Changes the present value."""

    def follow(self, value, observed):
        return value.add_(0.1 * observed).clamp_(self.low, self.high)


@frozen
class Asking(Drift):
    """Asks the device."""

    def follow(self, value, observed):
        return Drift.follow(self, value, observed) if observed > 0 else value + 0


@frozen
class Ahead(Described, Order):
    """Extragradient: the step is taken with the gradients of where a first one would lead."""

    def play(self, game):
        own = {name: [p.detach().clone() for p in ps] for name, ps in game.parameters().items()}
        first = game.gradients()
        with torch.no_grad():
            for name, ps in game.parameters().items():
                for p, g in zip(ps, first[name], strict=True):
                    p.sub_(0.1 * g)
        there = game.gradients()
        with torch.no_grad():
            for name, ps in game.parameters().items():
                for p, held in zip(ps, own[name], strict=True):
                    p.copy_(held)
        game.move(there)


@frozen
class Twice(Described, Order):
    """Two moves a step."""

    def play(self, game):
        game.move(game.gradients())
        game.move(game.gradients())


@frozen
class Idle(Described, Order):
    """No move."""

    def play(self, game):
        game.gradients()


@frozen
class Astray(Described, Order):
    """Stays where it only meant to look."""

    def play(self, game):
        with torch.no_grad():
            for ps in game.parameters().values():
                for p in ps:
                    p.mul_(0.5)
        game.move(game.gradients())
        with torch.no_grad():
            for ps in game.parameters().values():
                for p in ps:
                    p.mul_(2)


@frozen
class OneSided(Described, Order):
    """Forgets a player."""

    def play(self, game):
        game.move({"generator": game.gradients()["generator"]})


@frozen
class Pretending(Described, Order):
    """Says that it hands over plain gradients."""

    at_once: ClassVar[bool] = True

    def play(self, game):
        game.move({name: [2 * g for g in gs] for name, gs in game.gradients().items()})


@frozen
class Stairs(Described, Sampler):
    """A refusal in words."""

    def sample(self, networks, field, n, conditions, draw):
        if "G" not in networks:
            raise ValueError("wanted a network called 'G'")
        return networks["G"](draw.normal(n, 8))


@frozen
class Speechless(Described, Sampler):
    """A refusal without words."""

    def sample(self, networks, field, n, conditions, draw):
        return networks["G"](draw.normal(n, 8))


@frozen
class Flat(Described, Sampler):
    """Samples of another shape."""

    def sample(self, networks, field, n, conditions, draw):
        return draw.normal(n, field.size)


@frozen
class Renamed(Described, Sampler):
    """Other arguments."""

    def sample(self, networks, field, count, draw):
        return draw.normal(count, *field.shape)


GAME = {"objective": "minimax", "judge": "D", "real": "x", "fake": "G(z)"}
BODY = {
    "data": "ring", "latents": {"z": "normal"}, "generators": {"G": "mlp"}, "discriminators": {"D": "mlp"},
    "losses": {"game": GAME},
}  # fmt: skip


@frozen
class Plain(Described, Variant):
    """A game."""

    def spec(self):
        return BODY


@frozen
class Tuples(Described, Variant):
    """A game that no file could hold."""

    def spec(self):
        return {**BODY, "players": {"generator": {"moves": ("G",)}}}


@frozen
class Tensors(Described, Variant):
    """A game of live objects."""

    def spec(self):
        return {**BODY, "data": torch.zeros(3, 2)}


@frozen
class Unplayable(Described, Variant):
    """No game."""

    def spec(self):
        return {**BODY, "losses": {"game": {**GAME, "judge": "DD"}}}


class Means(Described, FittedLayer):
    """The mean of what it was fitted to, taken away."""

    mean: Tensor

    def __init__(self, inputs: Given[Inputs]) -> None:
        super().__init__()
        (field,) = inputs
        if field.classes is not None:
            raise ValueError("wanted real numbers")
        self.register_buffer("mean", torch.zeros(field.shape))

    def forward(self, x):
        return x - self.mean

    def fit(self, batches):
        self.mean.copy_(torch.cat([x for (x,) in batches]).mean(0))


class Piling(Means):
    """Remembers what it was fitted to before."""

    def fit(self, batches):
        self.mean.add_(torch.cat([x for (x,) in batches]).mean(0))


class Unfitted(Means):
    """Fits nothing."""

    def fit(self, batches):
        list(batches)


class Doubling(Described, Layer, Draws):
    """Two rows for one."""

    def __init__(self, inputs: Given[Inputs]) -> None:
        super().__init__()

    def forward(self, x, *, draw):
        return torch.cat([x, x])


class Said(NamedTuple):
    """Scores and features."""

    scores: Tensor
    features: Tensor


class Critic(Described, Discriminator):
    """Scores with features beside them."""

    outputs = ("features",)

    def __init__(self, inputs: Given[Inputs]) -> None:
        super().__init__()

    def forward(self, x, *conditions):
        return Said(x.flatten(1).sin().sum(1), x.flatten(1))


class Silent(Critic):
    """Named outputs that it does not give."""

    def forward(self, x, *conditions):
        return x.flatten(1).sin().sum(1)


class ByArguments(Critic):
    """Outputs that depend on its arguments, and that it gives under another name."""

    @classmethod
    def outputs_of(cls, arguments):
        return ("code",)


@frozen
class Shrinking(Described, Operation):
    """Another shape than it says."""

    keeps_shape: ClassVar[bool] = True

    def __call__(self, x, by):
        return x[:1] * by


@frozen
class Unlike(Described, Latent):
    """Codes unlike the field."""

    like: Given[Field | None] = None

    @property
    def field(self):
        return Field(3)

    def sample(self, n, draw):
        return draw.normal(n, 3)


@frozen
class Miscounted(Described, Dataset):
    """Classes that are more frequent than they can be."""

    fields: ClassVar = {"label": Field((), classes=2, frequencies=(0.9, 0.9))}
    fingerprint: ClassVar[str] = "miscounted"

    def __len__(self):
        return 9

    def batch(self, indices):
        return {"label": indices % 2}


SOUND = [Sound, Ratio, Drift, Ahead, Stairs, Plain, Means, Critic]
FAULTS = [
    (Cropping, "as it came"),
    (Widening, "as it came"),
    (Rounding, "gradients must pass"),
    (Unseeded, "equal draws"),
    (Branching, "asks for a tensor's value"),
    (BranchingGame, "asks for a tensor's value"),
    (Endless, ", over zero gradients, must be finite"),
    (Attached, "detach it"),
    (Waiting, "asks for a tensor's value"),
    (Unbounded, r"wanted a value in \[0.0, 1.0\]"),
    (Outside, "begins at 2.0, outside of"),
    (Growing, "must be 0-dim"),
    (InPlace, "the present value must stay"),
    (Asking, "asks for a tensor's value"),
    (Twice, "wanted one call of `move` a step, got 2"),
    (Idle, "wanted one call of `move` a step, got 0"),
    (Astray, "put parameters back"),
    (OneSided, "wanted gradients of discriminator, generator"),
    (Pretending, "`at_once` says"),
    (Speechless, "refused by a ValueError"),
    (Flat, "wanted 3 samples of 1x8x8"),
    (Renamed, r"wanted `sample\(networks, field, n, conditions, draw\)`"),
    (Tuples, "no tuples"),
    (Tensors, "wanted plain values"),
    (Unplayable, "no network is called 'DD'"),
    (Piling, "forget what was fitted before"),
    (Unfitted, "must set the state"),
    (Doubling, "wanted 4 outputs for 4 inputs, got 8"),
    (Silent, r"after its main output, got \(\)"),
    (ByArguments, r"wanted a NamedTuple with \('code',\)"),
    (Shrinking, "says `keeps_shape`"),
    (Unlike, "must look like it"),
    (Miscounted, "shares of 1"),
]


@pytest.fixture(autouse=True)
def registry():
    yield
    configure()


@pytest.mark.parametrize("component", SOUND)
def test_a_kept_promise_passes(component):
    plugin(component)
    check_component(component.kind, "stranger")


@pytest.mark.parametrize(("component", "message"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_promise_is_found_and_named(component, message):
    plugin(component)
    with pytest.raises(AssertionError, match=message):
        check_component(component.kind, "stranger")
