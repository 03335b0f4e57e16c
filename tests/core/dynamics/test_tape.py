"""Recorded functions against the functions themselves, and games side by side against games alone.

Mutations caught: an operation in place read as it was before; what varies taken for a constant; games side by side not
checked against games alone; the count of games left out of a gradient; the ratio given to the generator.
"""

import numpy as np
import pytest
import torch
from torch import nn

import rivalry as rv
from rivalry.dynamics import RefusedError, dirac
from rivalry.dynamics.arrays import KNOWN
from rivalry.dynamics.field import Flow
from rivalry.dynamics.game import Games, Setting
from rivalry.dynamics.tape import Tape, needed, recorded
from rivalry.plugins import plugins

rng = np.random.default_rng(3)


def objective(name, **said):
    return rv.make("objective", name, **said)


def penalty(name, **said):
    return rv.make("penalty", name, **said)


FUNCTIONS = {
    "arithmetic": lambda x: (x[0] * 2 - x[1] / 3 + 1).sum() + x.mean() - (-x).exp().sum().log(),
    "backward": lambda x: torch.autograd.grad((x.tanh() ** 3).sum(), x, create_graph=True)[0].sum(),
    "double backward": lambda x: torch.autograd.grad(
        torch.autograd.grad((x.sigmoid() * x).sum(), x, create_graph=True)[0].square().sum(), x
    )[0],
    "in place": lambda x: (x * 3).add_(1).mul_(x).sum(),
    "shapes": lambda x: torch.cat([x.T.reshape(3, 2).unsqueeze(0).expand(2, 3, 2).sum((0, 2)), x[:, 1]]),
    "kinks": lambda x: torch.relu(x).sum() + x.clamp(-0.5, 0.5).sum() + torch.where(x > 0.1, x, -x).sum(),
    "softplus": lambda x: torch.autograd.grad(nn.functional.softplus(x * 30).sum(), x, create_graph=True)[0].sum(),
    "log sigmoid": lambda x: torch.autograd.grad(nn.functional.logsigmoid(x).sum(), x, create_graph=True)[0],
    "cross entropy": lambda x: nn.functional.binary_cross_entropy_with_logits(x, torch.ones_like(x) * 0.3),
    "several results": lambda x: sum(part.sum() * (i + 1) for i, part in enumerate(x.unbind(1))),
    "what numpy does not know": lambda x: x.logsumexp(0).sum() + torch.linalg.vector_norm(x) + x.erf().sum(),
    "matrices": lambda x: x @ x.T @ torch.ones(2, 2, dtype=torch.float64) + torch.lerp(x, 2 * x, 0.3).mean(),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_replay_is_the_function(name):
    leaf = torch.tensor(rng.normal(size=(2, 3)), requires_grad=True)
    replay = recorded(lambda: FUNCTIONS[name](leaf), [leaf])
    for values in rng.normal(size=(3, 2, 3)):
        before = values.copy()
        fresh = torch.tensor(values, requires_grad=True)
        np.testing.assert_allclose(replay(values), FUNCTIONS[name](fresh).detach().numpy(), rtol=1e-12, atol=1e-13)
        assert np.array_equal(values, before)


def test_only_what_the_result_needs_of_the_inputs_is_replayed():
    leaf = torch.ones(2, dtype=torch.float64)
    with Tape([leaf]) as tape:
        leaf.exp()
        constant = torch.ones(2).cos().double()
        result = leaf + constant * torch.zeros_like(leaf)
    lines, varying = needed(tape.lines, tape.slots[id(result)], 1)
    assert [line.operation.overloadpacket.__name__ for line in lines] == ["add"]
    assert tape.slots[id(constant)] not in varying


def test_every_known_operation_is_one_of_torchs():
    for name in KNOWN:
        assert hasattr(torch.ops.aten, name), name


SETTINGS = {
    "plain": Setting(objective("non_saturating")),
    "penalised": Setting(objective("hinge"), ((penalty("gradient"), 2.0), (penalty("r1"), 0.3))),
    "biased": Setting(objective("lsgan"), bias=0.5, learned=True),
    "constant": Setting(objective("lsgan"), bias=0.5),
    "noisy": Setting(objective("minimax"), noise=0.7),
    "noisy pairs": Setting(objective("relativistic"), noise=0.7),
    "plane": Setting(objective("wasserstein"), ((penalty("gradient"), 2.0),), dimension=2),
    "average": Setting(objective("relativistic", pairing="average")),
    "softmax": Setting(objective("softmax")),
    "maximum": Setting(objective("wasserstein"), ((penalty("gradient", statistic="maximum"), 1.0),)),
    "samples": Setting(objective("gan_qp")),
    "weights": Setting(objective("wasserstein"), ((penalty("orthogonal"), 1.0),)),
}
ALONE = {"maximum", "weights"}


@pytest.mark.parametrize("name", SETTINGS)
def test_many_games_at_once_are_each_game_alone(name):
    setting = SETTINGS[name]
    flow = Flow(setting)
    assert flow.together == (name not in ALONE)
    points = torch.tensor(rng.normal(size=(3, len(setting.names))))
    wanted = []
    for point in points:
        alone = Games(setting)
        alone.place(point[None])
        wanted.append(alone.velocity())
    torch.testing.assert_close(flow(points), torch.cat(wanted), rtol=1e-9, atol=1e-12)
    quick = flow.fast(3)
    assert quick.__name__ == "quick"
    np.testing.assert_allclose(quick(points.numpy()), torch.cat(wanted).numpy(), rtol=1e-9, atol=1e-12)


def test_a_velocity_is_what_finite_differences_of_the_losses_say():
    setting = Setting(objective("non_saturating"), ((penalty("r1"), 0.8),), bias=0.2, learned=True, ratio=3.0)
    point, step = torch.tensor([[0.4, -0.9, 0.2]], dtype=torch.float64), 1e-6

    def loss(player, moved):
        game = Games(setting)
        game.place(moved)
        return game.losses()[player].item()

    slopes = [
        (loss(player, point + step * unit) - loss(player, point - step * unit)) / (2 * step)
        for player, unit in zip(["generator", "discriminator", "discriminator"], torch.eye(3).double(), strict=True)
    ]
    assert Flow(setting)(point)[0].tolist() == pytest.approx([-slopes[0], -3 * slopes[1], -3 * slopes[2]], abs=1e-8)


def test_scores_of_noise_have_a_gaussians_moments():
    games = Games(Setting(objective("wasserstein"), noise=2.0, dimension=2))
    x = games.real.numpy()
    assert x.mean(0) == pytest.approx([0, 0])
    np.testing.assert_allclose(x.T @ x / len(x), 4 * np.eye(2), atol=1e-12)
    assert (x**4).mean(0) == pytest.approx([3 * 16] * 2)


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("mmd", {}, "judges vectors of 16 scores"),
        ("mcgan", {"scores": 4}, "judges vectors of 4 scores"),
        ("began", {"balance": {"use": "linear", "start": 0, "end": 1, "over": 9}}, "number that moves, 'balance'"),
    ],
)
def test_what_a_linear_critic_cannot_serve_is_refused_in_words(name, said, words):
    with pytest.raises(RefusedError, match=words):
        dirac(objective(name, **said))


def test_a_component_may_say_that_a_linear_critic_is_not_for_it():
    component = type("Energies", (type(objective("hinge")),), {"no_linear_critic": "it judges energies U >= 0"})
    with pytest.raises(RefusedError, match="judges energies"):
        dirac(component())


def test_a_penalty_that_fails_is_refused_with_its_own_words():
    class Fails(rv.Penalty):
        name = paper = "fails"

        def forward(self, judge, real, fake, **draw):
            raise ValueError("wanted pictures")

    class Blows(rv.Penalty):
        name = paper = "blows"

        def forward(self, judge, real, fake, **draw):
            return (judge(real) / 0).sum()

    with pytest.raises(RefusedError, match="linear critic: wanted pictures"):
        dirac(objective("hinge"), [Fails()])
    with pytest.raises(RefusedError, match="not finite"):
        dirac(objective("hinge"), [Blows()])


@pytest.mark.parametrize("said", [{"dimension": 3}, {"noise": -1.0}, {"ratio": 0.0}])
def test_facts_out_of_range_are_refused(said):
    with pytest.raises(rv.RunError, match="wanted"):
        dirac(objective("hinge"), **said)


def test_the_core_names_no_component():
    """The analyser lives in the core, which knows no variant by name."""
    from pathlib import Path

    import rivalry.dynamics

    text = "".join(path.read_text() for path in Path(rivalry.dynamics.__file__).parent.glob("*.py"))
    table = plugins().table()
    for kind in ("objective", "penalty"):
        for name in table[kind]:
            assert f'"{name}"' not in text
