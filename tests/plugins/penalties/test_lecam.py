"""LeCam against numpy and against the divergence that its paper proves.

Mutations that turn this red: the anchors exchanged; a sign inside the rectifier; one side's anchor in both terms; the
rectifier left out; one term left out.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry.checking import check
from rivalry_zoo.objectives.wasserstein import Wasserstein
from rivalry_zoo.penalties.lecam import LeCam

anchors = st.floats(-2, 2)


def normal(*shape, seed=0, device="cpu"):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(device)


def paid(form, real, fake, of_real, of_fake):
    """The cost by numpy, of means of the two sides."""
    up, down = real - of_fake, fake - of_real
    if form == "rectified":
        up, down = np.clip(up, 0, None), np.clip(down, None, 0)
    return np.mean(up**2) + np.mean(down**2)


@pytest.mark.parametrize("form", ["squares", "rectified"])
@settings(max_examples=25)
@given(of_real=anchors, of_fake=anchors, seed=st.integers(0, 99))
def test_each_side_is_held_near_the_other_sides_anchor(form, of_real, of_fake, seed):
    real, fake = normal(6, seed=seed) + 0.3, normal(4, 1, 2, 2, seed=seed + 100) - 0.2
    found = LeCam(form, of_real, of_fake)(lambda x: x, real, fake)
    assert found.shape == ()
    assert found.item() == pytest.approx(paid(form, real.numpy(), fake.numpy(), of_real, of_fake), rel=1e-10)


@settings(max_examples=15)
@given(oracles.counts(high=4), anchors, anchors)
def test_with_wasserstein_the_best_critic_attains_the_lecam_distance(pair, of_real, of_fake):
    k, m = pair
    p, q, weight = oracles.law(k), oracles.law(m), 0.3
    real, fake = oracles.exact_batches(torch.arange(len(p)), k, m)  # sample i has score i of a table

    def best(of_real, of_fake):
        penalty = LeCam("squares", of_real, of_fake)

        def cost(table):
            def judge(x):
                return table[x]

            return Wasserstein().discriminator_loss(judge(real), judge(fake)) + weight * penalty(judge, real, fake)

        return oracles.minimise(cost, len(p))[0]

    general = (p - q + 2 * weight * (p * of_fake + q * of_real)) / (2 * weight * (p + q))
    np.testing.assert_allclose(best(of_real, of_fake), general, atol=1e-4)
    paper = best(0.8, -0.8)
    distance = np.sum((p - q) ** 2 / (p + q))
    assert (p - q) @ paper == pytest.approx((1 / (2 * weight) - 0.8) * distance, abs=1e-4)


def test_scores_beyond_the_anchors_are_let_go_in_the_rectified_form():
    real, fake = torch.tensor([-1.0, -0.5]), torch.tensor([2.0, 3.0])
    assert LeCam("rectified", real_anchor=1.5, fake_anchor=-0.25)(lambda x: x, real, fake).item() == 0
    assert LeCam("squares", real_anchor=1.5, fake_anchor=-0.25)(lambda x: x, real, fake).item() > 1


@pytest.mark.parametrize("form", ["squares", "rectified"])
def test_anchors_of_a_schedule_give_the_same_and_take_no_gradient(form, device):
    real, fake = (normal(5, seed=seed, device=device).requires_grad_() for seed in (0, 1))
    slope = torch.tensor(1.5, dtype=torch.float64, device=device, requires_grad=True)

    def judge(x):
        return slope * x

    moving = LeCam(form, *(torch.tensor(number, device=device) for number in (0.5, -0.25)))(judge, real, fake)
    assert moving.item() == pytest.approx(LeCam(form, 0.5, -0.25)(judge, real, fake).item(), rel=1e-12)
    *by_samples, by_critic = torch.autograd.grad(moving, [real, fake, slope], allow_unused=True)
    assert by_samples == [None, None]
    assert by_critic.abs() > 0


def test_scales_count_alike():
    scales = [normal(4, 1, 2, 2), normal(4, 1, 1, 1, seed=1) + 2]
    for form in ("squares", "rectified"):
        expected = np.mean([paid(form, scores.numpy(), scores.numpy(), 0.7, -0.4) for scores in scales])
        value = LeCam(form, 0.7, -0.4)(lambda x: scales, scales[0], scales[0])
        assert value.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("form", ["squares", "rectified"])
def test_half_precision_is_finite(form):
    real, fake = (torch.full((4,), score, dtype=torch.float16) for score in (1000.0, -1000.0))
    assert LeCam(form)(lambda x: x, real, fake).item() == 2e6


def test_the_spec_of_its_docstring_is_sound():
    checked = check(
        {
            "rivalry": 1,
            "data": {"use": "ring"},
            "latents": {"z": {"use": "normal", "size": 4}},
            "generators": {"G": {"use": "mlp", "width": 8}},
            "discriminators": {"D": {"use": "mlp", "width": 8}},
            "schedules": {
                "real_mean": {"use": "running_mean", "observe": "D(x)"},
                "fake_mean": {"use": "running_mean", "observe": "D(G(z))"},
            },
            "losses": {
                "game": {"objective": "hinge", "judge": "D", "real": "x", "fake": "G(z)"},
                "lecam": {
                    "penalty": {"use": "lecam", "real_anchor": "real_mean", "fake_anchor": "fake_mean"},
                    "of": "game",
                    "weight": 0.3,
                    "after": 1000,
                },
            },
            "train": {"steps": 2, "batch": 8},
        }
    )
    assert checked.networks.keys() == {"G", "D"}
