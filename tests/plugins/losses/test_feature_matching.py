"""Feature matching against numpy, and its zero where means meet.

Mutations caught: the sum for the mean over samples; a mean over features in l2; the real side with a gradient.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.losses.feature_matching import FeatureMatching


def features(seed, *shapes):
    numbers = np.random.default_rng(seed)
    return [numbers.normal(0.3, 2, size=shape) for shape in shapes]


@given(st.integers(0, 99), st.sampled_from([(), (3,), (2, 4), (3, 2, 2)]))
@settings(max_examples=20)
def test_value_is_the_distance_of_the_means_over_samples(seed, shape):
    real, fake = features(seed, (5, *shape), (4, *shape))  # batches of different sizes
    apart = real.mean(0) - fake.mean(0)
    tensors = torch.tensor(real), torch.tensor(fake)
    assert FeatureMatching()(*tensors).item() == pytest.approx(np.linalg.norm(apart) ** 2, rel=1e-12)
    assert FeatureMatching(norm="l1")(*tensors).item() == pytest.approx(np.abs(apart).sum() / apart.size, rel=1e-12)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_layers_add_up_in_pairs(norm):
    a, b, c, d, e, f = map(torch.tensor, features(1, (4, 3), (4, 3), (4, 2, 2), (3, 2, 2), (4, 1), (4, 1)))
    loss = FeatureMatching(norm=norm)
    expected = sum(loss(*pair).item() for pair in ((a, b), (c, d), (e, f)))
    assert loss(a, b, c, d, e, f).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_it_vanishes_where_the_means_meet_and_nothing_else_does(norm):
    fake = torch.tensor(features(2, (6, 3))[0])
    assert FeatureMatching(norm=norm)(fake[[3, 1, 5, 0, 2, 4]] * 2 - fake.mean(0), fake).item() == pytest.approx(
        0, abs=1e-12
    )


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_the_fakes_alone_are_moved_and_towards_the_real_mean(norm, device):
    real, fake = (torch.tensor(f, device=device, requires_grad=True) for f in features(3, (5, 3), (4, 3)))
    found = torch.autograd.grad(FeatureMatching(norm=norm)(real, fake), [real, fake], allow_unused=True)
    assert found[0] is None
    apart = (fake.mean(0) - real.mean(0)).detach().cpu().numpy()
    expected = 2 * apart / 4 if norm == "l2" else np.sign(apart) / 3 / 4
    np.testing.assert_allclose(found[1].cpu(), np.tile(expected, (4, 1)), rtol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_large_features_are_finite_in_half_precision(dtype):
    far = torch.full((2, 3), 1e4, dtype=dtype)
    for norm in ("l2", "l1"):
        assert FeatureMatching(norm=norm)(far, -far).isfinite()


def test_means_of_half_precision_are_taken_in_single():
    real = torch.tensor([[1000.5], [1001.0], [1001.0]])  # mean 1000.8333, which float16 rounds to 1001
    fake = torch.tensor([[900.5], [901.0], [901.0]])
    for norm, expected in (("l2", 100.0**2), ("l1", 100.0)):
        loss = FeatureMatching(norm=norm)
        assert loss(real.half(), fake.half()).item() == pytest.approx(expected, rel=1e-6)
        assert loss(real.half(), fake[:2].half()).item() == pytest.approx(
            (100 + 1 / 12) ** (2 if norm == "l2" else 1), rel=1e-6
        )


def test_an_odd_number_of_tensors_is_refused():
    with pytest.raises(ValueError, match="in pairs, real and fake, got 3 tensors"):
        FeatureMatching()(*[torch.zeros(2, 2)] * 3)


@pytest.mark.parametrize("shapes", [((4, 2), (4, 3)), ((4, 3), (4, 1)), ((4,), (4, 1))])
def test_differing_features_are_refused(shapes):
    with pytest.raises(ValueError, match="features of one shape, got"):
        FeatureMatching()(*map(torch.zeros, shapes))
