"""Instance norm against numpy's moments. Mutation caught: dividing by the variance instead of its root."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.norms.instance import InstanceNorm


@given(shape=st.lists(st.integers(2, 4), min_size=1, max_size=3), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_each_channel_of_each_sample_has_mean_0_and_variance_1(shape, seed):
    x = np.random.default_rng(seed).normal(3, 2, size=(3, 2, *shape))
    places = tuple(range(2, x.ndim))
    expected = (x - x.mean(places, keepdims=True)) / np.sqrt(x.var(places, keepdims=True) + 1e-5)
    np.testing.assert_allclose(InstanceNorm(2).double()(torch.from_numpy(x)).numpy(), expected, rtol=1e-9, atol=1e-12)


def test_it_forgets_the_brightness_and_contrast_of_each_sample(device):
    x = torch.randn(4, 3, 6, 6, device=device, dtype=torch.float64)
    a = torch.rand(4, 3, 1, 1, device=device, dtype=torch.float64) + 0.5
    norm = InstanceNorm(3, eps=1e-12)
    torch.testing.assert_close(norm(a * x - 7 * a), norm(x))


def test_training_and_evaluation_agree_and_there_is_nothing_to_learn():
    norm, x = InstanceNorm(3), torch.randn(2, 3, 4, 4)
    assert torch.equal(norm(x), norm.eval()(x))
    assert not norm.state_dict()


def test_affine_adds_a_weight_and_a_bias_per_channel():
    norm, x = InstanceNorm(2, affine=True), torch.randn(2, 2, 4, 4)
    assert len(list(norm.parameters())) == 2
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, -1.0]))
        norm.bias.copy_(torch.tensor([0.5, 3.0]))
    plain = InstanceNorm(2)(x)
    torch.testing.assert_close(norm(x)[:, 0], 2 * plain[:, 0] + 0.5)
    torch.testing.assert_close(norm(x)[:, 1], 3 - plain[:, 1])


def test_vectors_are_refused_in_words():
    with pytest.raises(ValueError, match=r"wants maps of shape \[N, C, ...\], got 4x3; use norm batch or none"):
        InstanceNorm(3)(torch.randn(4, 3))
