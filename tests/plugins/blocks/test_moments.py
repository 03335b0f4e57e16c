"""Moments of a joint batch, and of a style's maps. Mutation caught: deviations without those between means."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.blocks import moments
from rivalry_zoo.blocks.moments import beside, joint_moments, restyled, widened


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 4), (5, 3, 4, 2)], ids=str)
def test_moments_are_numpys_over_all_but_the_channels(shape, device):
    x = np.random.default_rng(0).normal(3, 2, size=shape)
    total, mean, squared = (part.cpu().numpy() for part in joint_moments(torch.tensor(x, device=device)))
    rest = (0, *range(2, x.ndim))
    assert total == x.size / 3
    np.testing.assert_allclose(mean, x.mean(rest), rtol=1e-12)
    np.testing.assert_allclose(squared, ((x - x.mean(rest, keepdims=True)) ** 2).sum(rest), rtol=1e-12)


def test_shares_of_unequal_size_join_to_the_moments_of_the_whole(monkeypatch):
    x = torch.from_numpy(np.random.default_rng(0).normal(3, 2, size=(7, 3, 4)))
    rows = []
    for share in (x[:2], x[2:]):
        total, mean, squared = joint_moments(share)
        rows.append(torch.cat([total[None], mean, squared]))
    sent = []
    monkeypatch.setattr(moments, "many_processes", lambda: True)
    monkeypatch.setattr(moments, "gather_rows", lambda row: sent.append(row) or torch.stack(rows))
    found = joint_moments(x[2:])
    monkeypatch.undo()
    torch.testing.assert_close(sent[0], rows[1])
    for part, whole in zip(found, joint_moments(x), strict=True):
        torch.testing.assert_close(part, whole)


def test_half_precision_is_reckoned_in_float32():
    assert widened(torch.ones(1, dtype=torch.float16)).dtype == torch.float32
    assert widened(torch.ones(1, dtype=torch.float64)).dtype == torch.float64
    x = 300 * torch.randn(4, 2).half()
    for part, wide in zip(joint_moments(x), joint_moments(x.float()), strict=True):
        assert torch.equal(part, wide)


def test_values_of_a_channel_stand_beside_its_maps():
    assert beside(torch.arange(3), torch.empty(2, 3, 4, 5)).shape == (1, 3, 1, 1)
    assert beside(torch.zeros(2, 3), torch.empty(2, 3, 4)).shape == (2, 3, 1)
    assert beside(torch.zeros(2, 3), torch.empty(2, 3)).shape == (2, 3)


@given(side=st.integers(2, 5), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_restyled_content_has_the_moments_of_the_style_and_its_own_order(side, seed):
    rng = np.random.default_rng(seed)
    content, style = rng.normal(3, 2, size=(2, 3, 4, side)), rng.normal(-1, 0.5, size=(2, 3, side, side + 1))
    found = restyled(torch.from_numpy(content), torch.from_numpy(style), eps=1e-12).numpy()
    np.testing.assert_allclose(found.mean((2, 3)), style.mean((2, 3)), rtol=1e-9)
    np.testing.assert_allclose(found.std((2, 3)), style.std((2, 3)), rtol=1e-9)
    np.testing.assert_array_equal(found.reshape(6, -1).argsort(1), content.reshape(6, -1).argsort(1))


def test_its_own_style_leaves_content_as_it_is_and_eps_is_on_both_sides():
    x = torch.randn(2, 3, 4, 5).double()
    torch.testing.assert_close(restyled(x, x, eps=0.7), x)
    flat = restyled(x, torch.ones_like(x), eps=0.7)
    spread = x.numpy().var((2, 3))
    np.testing.assert_allclose(flat.numpy().std((2, 3)), np.sqrt(spread * 0.7 / (spread + 0.7)), rtol=1e-9)


@pytest.mark.parametrize(
    ("content", "style", "got"),
    [
        ((2, 3, 4), (2, 3, 4, 4), "2x3x4 and 2x3x4x4"),
        ((2, 3, 4, 4), (2, 3), "2x3x4x4 and 2x3"),
        ((2, 3, 4, 4), (2, 1, 4, 4), "2x3x4x4 and 2x1x4x4"),
        ((2, 3, 4, 4), (1, 3, 4, 4), "2x3x4x4 and 1x3x4x4"),
    ],
)
def test_content_and_style_must_be_maps_of_equal_channels(content, style, got):
    with pytest.raises(ValueError, match=f"equally many samples and channels, got {got}"):
        restyled(torch.zeros(content), torch.zeros(style))
