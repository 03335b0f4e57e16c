"""A game's samples as a function of one tensor of its flow.

Mutations caught: the space recomputed from its own latents; other latents drawn anew at every call; the space upstream
of nothing accepted.
"""

import pytest
import torch

from rivalry.errors import RunError
from rivalry.evaluation import rows_of
from rivalry.probing import FlowProbe
from rivalry.sampling import Sampling
from rivalry.spec.model import Spec
from rivalry_zoo.datasets.array import Array
from small import engine_of

GAME = {
    "latents": {"z": {"use": "normal", "size": 3}, "noise": {"use": "normal", "size": 3}},
    "encoders": {"M": {"use": "mlp", "width": 4, "output": [3]}},
    "generators": {"G": {"use": "mlp", "width": 4}},
    "discriminators": {"D": {"use": "mlp", "width": 4}},
    "flow": {"w": "M(z)", "shaken": "w + noise", "fake": "G(shaken, label)", "aside": "2 * z"},
    "losses": {"game": {"objective": "hinge", "judge": "D", "real": "x", "fake": "fake"}},
    "train": {"batch": 4, "steps": 1},
}
DATA = {"x": torch.linspace(-1, 1, 32).reshape(16, 2), "label": torch.arange(16) % 2}


@pytest.fixture(scope="module")
def sampling():
    engine = engine_of(GAME, data=DATA)
    datasets = {name: feeder.dataset for name, feeder in engine.now.feeders.items()}
    fields = {name: field for dataset in datasets.values() for name, field in dataset.fields.items()}
    return Sampling(engine.spec, fields, engine.networks, engine.device, {}, lambda n, seed: rows_of(datasets, n, seed))


def test_the_space_is_the_first_continuous_latent_unless_one_is_named(sampling):
    probe = FlowProbe(sampling)
    assert (probe.space.text, probe.source) == ("z", True)
    named = FlowProbe(sampling, sampling.node.args[0].args[0])
    assert (named.space.text, named.source) == ("M(z)", False)


def test_points_of_the_space_give_the_samples_that_the_game_makes_of_them(sampling):
    probe = FlowProbe(sampling, sampling.node.args[0].args[0])
    w = probe.draw(4, seed=5)
    z = FlowProbe(sampling).draw(4, seed=5)
    torch.testing.assert_close(w, sampling.networks["M"].eval()(z))
    torch.testing.assert_close(probe(w, seed=9), FlowProbe(sampling)(z, seed=9))


def test_whatever_else_is_random_follows_the_seed(sampling):
    probe = FlowProbe(sampling)
    z = probe.draw(4, 0)
    assert torch.equal(probe(z, 1), probe(z, 1))
    assert not torch.equal(probe(z, 1), probe(z, 2))
    assert torch.equal(probe.draw(4, 0), z)
    assert not torch.equal(probe.draw(4, 1), z)


def test_a_tensor_that_samples_are_not_made_from_is_no_space(sampling):
    aside = Spec.model_validate({**GAME, "data": Array.of(DATA)}).graph.flow["aside"]
    with pytest.raises(RunError, match=r"'\(2 \* z\)' is no tensor that samples \('G\(.*, label\)'\) are made from"):
        FlowProbe(sampling, aside)


def test_a_game_without_continuous_latents_has_no_space_of_its_own():
    spec = {**GAME, "latents": {}, "flow": {"fake": "G(x)"}}
    spec.pop("encoders")
    engine = engine_of(spec, data=DATA)
    made = Sampling(engine.spec, {}, engine.networks, engine.device)
    with pytest.raises(RunError, match="are not made from a continuous latent: name a tensor with `of`"):
        FlowProbe(made)
