"""Layer norm against numpy's moments. Mutations caught: one group a channel; the weight left out."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.norms.layer import LayerNorm


@given(shape=st.lists(st.integers(2, 4), max_size=3), eps=st.sampled_from([1e-5, 0.3]), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_all_of_a_sample_has_mean_0_and_variance_1(shape, eps, seed):
    x = np.random.default_rng(seed).normal(3, 2, size=(3, 4, *shape))
    rest = tuple(range(1, x.ndim))
    expected = (x - x.mean(rest, keepdims=True)) / np.sqrt(x.var(rest, keepdims=True) + eps)
    found = LayerNorm(4, eps=eps).double()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_it_forgets_the_scale_and_the_shift_of_each_sample(device):
    x, by = torch.randn(4, 3, 6, 6, device=device).double(), torch.rand(4, 1, 1, 1, device=device).double() + 0.5
    norm = LayerNorm(3, eps=1e-12).double().to(device)
    torch.testing.assert_close(norm(by * x - 7 * by), norm(x))


def test_a_sample_is_normalised_as_if_it_were_alone():
    x, norm = torch.randn(3, 4, 5), LayerNorm(4)
    torch.testing.assert_close(norm(x)[1:2], norm(x[1:2]))
    assert torch.equal(norm(x), norm.eval()(x))


def test_each_channel_has_a_weight_and_a_bias():
    x, norm = torch.randn(3, 2, 5), LayerNorm(2)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, -1.0]))
        norm.bias.copy_(torch.tensor([0.5, 3.0]))
    plain = LayerNorm(2, affine=False)
    assert not list(plain.parameters())
    torch.testing.assert_close(norm(x)[:, 0], 2 * plain(x)[:, 0] + 0.5)
    torch.testing.assert_close(norm(x)[:, 1], 3 - plain(x)[:, 1])
