"""Distances against scipy, exact where samples coincide; parts of a matrix against the whole.

Mutations that turn this red: a plain square root; no slack between equal points; slices that are not told their start.
"""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from rivalry_zoo.blocks import kernels
from rivalry_zoo.blocks.distances import FORMS, across, by_rows, differences, flat, lengths, root, squared
from rivalry_zoo.blocks.kernels import distance_kernel
from rivalry_zoo.blocks.pair_sums import mean_across, mean_within


@pytest.mark.parametrize(
    ("form", "name", "share"), [("l1", "cityblock", 1), ("l2", "euclidean", 1), ("squared", "sqeuclidean", 0.5)]
)
def test_distances_and_lengths_are_scipy_s(form, name, share, device):
    rng = np.random.default_rng(0)
    x, y = rng.normal(1, 2, (4, 3)), rng.normal(size=(5, 3))
    exact = share * cdist(x, y, name)
    a, b = torch.tensor(x, device=device), torch.tensor(y, device=device)
    np.testing.assert_allclose(across(form, a, b).cpu(), exact, rtol=1e-12)
    np.testing.assert_allclose(lengths(form, a - b[:4]).cpu(), np.diag(exact), rtol=1e-12)
    assert form in FORMS


def test_a_root_has_gradients_zero_at_zero_and_the_usual_ones_elsewhere():
    x = torch.tensor([0.0, 4.0], dtype=torch.float64, requires_grad=True)
    assert root(x).tolist() == [0, 2]
    (first,) = torch.autograd.grad(root(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    np.testing.assert_allclose(first.detach(), [0, 1 / 4])
    np.testing.assert_allclose(second, [0, -1 / 32])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_points_are_exactly_no_distance_apart_and_close_ones_are_not(dtype, device):
    x = torch.randn(30, 16, device=device).to(dtype) * 10
    found = squared(x, x)
    assert (found.diagonal() == 0).all()
    step = 0.05 if dtype == torch.float32 else 1e-5
    assert (squared(x, x + step).diagonal() > 0).all()
    assert (found.fill_diagonal_(1) > 0).all()


def test_matrix_products_keep_their_precision_under_autocast(device):
    x, y = torch.randn(8, 3, device=device), torch.randn(6, 3, device=device)
    with torch.autocast(device.type, torch.bfloat16):
        found = squared(x, y)
    np.testing.assert_allclose(found.cpu(), cdist(x.cpu(), y.cpu(), "sqeuclidean"), rtol=1e-4, atol=1e-5)


def test_samples_of_any_shape_are_vectors_in_single_precision_at_least():
    assert flat(torch.zeros(3)).shape == (3, 1)
    assert flat(torch.zeros(3, 2, 4, dtype=torch.float16)).shape == (3, 8)
    assert [flat(torch.zeros(3, 2, dtype=t)).dtype for t in (torch.float16, torch.float64)] == [
        torch.float32,
        torch.float64,
    ]


def test_differences_are_constants():
    x, y = torch.randn(2, 3, 2, 2).requires_grad_().unbind()
    found = differences(torch.zeros(3, 1), torch.zeros(3, 1), (x, y))
    assert not found.requires_grad
    np.testing.assert_array_equal(found, (x - y).detach().flatten(1))


def test_parts_are_told_where_they_start_and_make_the_whole():
    x = torch.arange(7.0, requires_grad=True)
    starts: list[int] = []

    def part(rows, start):
        starts.append(start)
        return rows.square() + start

    found = by_rows(part, x, columns=2, values=6)
    assert starts == [0, 3, 6]
    assert torch.cat(found).tolist() == [0, 1, 4, 12, 19, 28, 42]
    torch.cat(found).sum().backward()
    assert x.grad.tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert len(by_rows(part, x, columns=2, values=14)) == 1


@pytest.mark.parametrize("kernel", ["rbf", "rational_quadratic", "energy"])
def test_means_of_pairs_do_not_depend_on_the_parts(kernel, monkeypatch):
    x, y = torch.randn(7, 2, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)
    k = distance_kernel(kernel)
    whole = mean_across(k, x, y), mean_within(k, x, True), mean_within(k, x, False)
    monkeypatch.setattr("rivalry_zoo.blocks.pair_sums.by_rows", lambda *words: by_rows(*words, values=14))
    torch.testing.assert_close((mean_across(k, x, y), mean_within(k, x, True), mean_within(k, x, False)), whole)


@pytest.mark.parametrize("kernel", ["rbf", "rational_quadratic"])
def test_kernels_are_positive_definite_and_one_at_zero(kernel):
    x = torch.randn(20, 3, dtype=torch.float64)
    values = distance_kernel(kernel, 0.7)(x, x)
    assert torch.linalg.eigvalsh(values).min() >= -1e-10
    np.testing.assert_array_equal(values.diagonal(), 1)


def test_a_rational_quadratic_of_many_degrees_is_a_gaussian(monkeypatch):
    monkeypatch.setattr(kernels, "ALPHAS", (1e7,))
    monkeypatch.setattr(kernels, "WIDTHS", (1.0,))
    x, y = torch.randn(5, 2, dtype=torch.float64), torch.randn(4, 2, dtype=torch.float64)
    np.testing.assert_allclose(distance_kernel("rational_quadratic")(x, y), distance_kernel("rbf")(x, y), atol=1e-6)
