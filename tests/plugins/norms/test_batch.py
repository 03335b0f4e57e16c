"""Batch norm against torch's own, numpy's moments, and one process that sees what two see.

Mutations caught: biased running variance; moments of the own share only; no sum over ranks in the backward pass.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.marks import CouplesBatch
from rivalry_zoo.norms import batch
from rivalry_zoo.norms.batch import BatchNorm

SCRIPT = Path(__file__).with_name("joint_batch.py")
SHAPES = {
    (6, 3): nn.BatchNorm1d,
    (4, 3, 5): nn.BatchNorm1d,
    (4, 3, 5, 2): nn.BatchNorm2d,
    (2, 3, 2, 2, 2): nn.BatchNorm3d,
}


@pytest.mark.parametrize(("shape", "reference"), SHAPES.items(), ids=str)
def test_it_is_torchs_batch_norm_bit_for_bit(shape, reference, device):
    torch.manual_seed(0)
    ours, torchs = BatchNorm(3).to(device), reference(3).to(device)
    for norm in (ours, torchs):
        nn.init.constant_(norm.weight, 1.3)
        nn.init.constant_(norm.bias, -0.2)
    for training in (True, True, True, False, False):
        ours.train(training)
        torchs.train(training)
        x = torch.randn(shape, device=device) * 2 + 1
        a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
        y, expected = ours(a), torchs(b)
        y.square().sum().backward()
        expected.square().sum().backward()
        assert torch.equal(y, expected)
        assert torch.equal(a.grad, b.grad)
        assert torch.equal(ours.weight.grad, torchs.weight.grad)
        assert torch.equal(ours.running_mean, torchs.running_mean)
        assert torch.equal(ours.running_var, torchs.running_var)


def test_running_variance_is_unbiased_and_momentum_mixes():
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    norm = BatchNorm(2, momentum=0.25).double()
    norm(torch.from_numpy(x))
    rows = x.swapaxes(0, 1).reshape(2, -1)
    np.testing.assert_allclose(norm.running_var.numpy(), 0.75 + 0.25 * rows.var(1, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(norm.running_mean.numpy(), 0.25 * rows.mean(1), rtol=1e-12)


def test_it_says_that_it_couples_the_batch():
    assert isinstance(BatchNorm(3), CouplesBatch)
    assert {key for key, _ in BatchNorm(3).named_parameters()} == {"weight", "bias"}


def test_without_affine_it_has_moments_and_nothing_to_learn():
    norm, x = BatchNorm(3, affine=False), torch.randn(4, 3, 5) * 2 + 1
    torch.testing.assert_close(norm(x), BatchNorm(3)(x))
    assert set(norm.state_dict()) == {"running_mean", "running_var"}
    assert not list(norm.parameters())


@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 5, 2)], ids=str)
@pytest.mark.parametrize("affine", [True, False])
def test_the_joint_batch_of_one_process_is_its_own(shape, affine, monkeypatch, device):
    monkeypatch.setattr(batch, "many_processes", lambda: True)
    norm = BatchNorm(3, eps=0.3, momentum=0.25, affine=affine).double().to(device)
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    x = np.random.default_rng(0).normal(3, 2, size=shape)
    rest = (0, *range(2, x.ndim))
    weight, bias = (p.detach().cpu().numpy() for p in norm.parameters()) if affine else (np.ones(3), np.zeros(3))
    expected = (x - x.mean(rest, keepdims=True)) / np.sqrt(x.var(rest, keepdims=True) + 0.3)
    expected = (expected.swapaxes(1, -1) * weight + bias).swapaxes(1, -1)
    found = norm(torch.tensor(x, device=device)).detach().cpu().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(norm.running_mean.cpu().numpy(), 0.25 * x.mean(rest), rtol=1e-9)
    np.testing.assert_allclose(norm.running_var.cpu().numpy(), 0.75 + 0.25 * x.var(rest, ddof=1), rtol=1e-9)


def test_the_joint_batch_keeps_half_precision_and_reckons_wide(monkeypatch):
    monkeypatch.setattr(batch, "many_processes", lambda: True)
    x, half, wide = 300 * torch.randn(6, 3, 4).half(), BatchNorm(3), BatchNorm(3)
    y = half(x)
    assert y.dtype == torch.float16
    assert torch.equal(y, wide(x.float()).half())
    assert torch.equal(BatchNorm(3).half()(x), y)
    double = BatchNorm(3)(x.double())
    torch.testing.assert_close(double, wide(x.float()).double(), rtol=1e-5, atol=1e-5)


def _play_apart(folder: Path, shares: list[tuple[torch.Tensor, torch.Tensor]]) -> list[dict[str, torch.Tensor]]:
    for rank, share in enumerate(shares):
        torch.save(share, folder / f"share{rank}.pt")
    variables = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT)]
    ranks = [subprocess.Popen([*command, str(rank), str(folder)], env=variables) for rank in range(len(shares))]
    assert [rank.wait(60) for rank in ranks] == [0] * len(shares)
    return [torch.load(folder / f"found{rank}.pt") for rank in range(len(shares))]


def test_two_processes_equal_one_on_the_joint_batch(tmp_path):
    generator = torch.Generator().manual_seed(1)
    x, weights = (torch.randn(8, 3, 2, 2, dtype=torch.float64, generator=generator) for _ in range(2))
    x = 3 * x + 5
    joint = runpy.run_path(str(SCRIPT))["play"](x, weights)
    first, second = _play_apart(tmp_path, [(x[:5], weights[:5]), (x[5:], weights[5:])])
    for name in ("y", "by_x", "twice_x", "plain", "virtual"):
        torch.testing.assert_close(torch.cat([first[name], second[name]]), joint[name], rtol=1e-9, atol=1e-11)
    for name in ("by_weight", "by_bias", "twice_weight"):
        torch.testing.assert_close(first[name] + second[name], joint[name], rtol=1e-9, atol=1e-11)
    for name in ("mean", "variance", "reference", "size"):
        torch.testing.assert_close(first[name], joint[name], rtol=1e-12, atol=0)
        assert torch.equal(first[name], second[name])
