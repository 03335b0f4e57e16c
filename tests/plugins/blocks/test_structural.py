"""Structural similarity against scipy's Gaussian filter, loops over windows, and closed forms.

Mutations tried (a test failed for each): the deviation 1.6, the 2 of either numerator dropped, C1 and C2 exchanged, the
coarsest scale without its luminance, weights of three scales not renormalised, pictures halved without the odd edge.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.ndimage import gaussian_filter

from rivalry_zoo.blocks import feature_sets, structural
from rivalry_zoo.blocks.structural import exact_pictures, multiscale_similarity, scales, similarity

PUBLISHED = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def filtered(a, b, span):
    """The maps of the index and of its factor of contrast and structure, of two arrays [H, W]."""

    def local(x):
        return gaussian_filter(x, 1.5, truncate=3.5, mode="reflect")[5:-5, 5:-5]  # 11 taps

    low, high = (0.01 * span) ** 2, (0.03 * span) ** 2
    ma, mb = local(a), local(b)
    va, vb, ab = local(a * a) - ma**2, local(b * b) - mb**2, local(a * b) - ma * mb
    contrast = (2 * ab + high) / (va + vb + high)
    return (2 * ma * mb + low) / (ma**2 + mb**2 + low) * contrast, contrast


def halved(x):
    x = np.pad(x, [(0, side % 2) for side in x.shape], mode="symmetric")
    return x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).mean((1, 3))


def multiscale(a, b, span, weights):
    product = 1.0
    for i, weight in enumerate(weights):
        whole, contrast = filtered(a, b, span)
        product *= max(0, (whole if i == len(weights) - 1 else contrast).mean()) ** weight
        a, b = halved(a), halved(b)
    return product


def pictures(shape, noise=0.3, seed=0, span=1.0):
    """Smooth pictures, and the same with noise: arrays of that shape."""
    rng = np.random.default_rng(seed)
    x = gaussian_filter(rng.normal(size=shape), [0, 0, 2, 2]) * 2
    return span * x, span * (x + noise * rng.normal(size=shape))


def averaged(function, a, b, *arguments):
    """The function's mean over channels of each picture."""
    return [
        np.mean([function(x, y, *arguments) for x, y in zip(*pair, strict=True)]) for pair in zip(a, b, strict=True)
    ]


@pytest.mark.parametrize(("shape", "span"), [((3, 2, 13, 19), 1.0), ((2, 3, 24, 11), 255.0), ((1, 1, 11, 11), 2.0)])
def test_index_is_that_of_scipys_gaussian_windows(shape, span, device):
    a, b = pictures(shape, span=span)
    found = similarity(torch.tensor(a).to(device), torch.tensor(b).to(device), span)
    truth = averaged(lambda x, y: filtered(x, y, span)[0].mean(), a, b)
    assert found.dtype == torch.float64
    assert_allclose(found.cpu(), truth, rtol=1e-10)


def test_index_is_a_loop_over_windows():
    a, b = pictures((1, 1, 12, 13), noise=1.0, seed=3)
    place = np.arange(11) - 5.0
    window = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))
    window /= window.sum()
    values = []
    for i in range(2):
        for j in range(3):
            x, y = a[0, 0, i : i + 11, j : j + 11], b[0, 0, i : i + 11, j : j + 11]
            mx, my = (window * x).sum(), (window * y).sum()
            cov = np.cov(np.stack([x.ravel(), y.ravel()]), aweights=window.ravel(), ddof=0)
            values.append(
                (2 * mx * my + 1e-4) * (2 * cov[0, 1] + 9e-4)
                / ((mx**2 + my**2 + 1e-4) * (cov[0, 0] + cov[1, 1] + 9e-4))
            )  # fmt: skip
    assert_allclose(similarity(torch.tensor(a), torch.tensor(b), 1.0), np.mean(values), rtol=1e-10)


@pytest.mark.parametrize("function", [similarity, multiscale_similarity])
def test_equal_pictures_score_exactly_one(function, device):
    x = torch.randn(3, 2, 24, 31, device=device)
    assert function(x, x.clone(), 2.0).tolist() == [1, 1, 1]


@pytest.mark.parametrize(("a", "b", "span"), [(0.2, 0.9, 1.0), (-1.0, 0.5, 2.0), (10.0, 200.0, 255.0)])
def test_constant_pictures_give_the_closed_form(a, b, span):
    c = (0.01 * span) ** 2
    truth = (2 * a * b + c) / (a * a + b * b + c)
    first, second = torch.full((1, 1, 16, 12), a).double(), torch.full((1, 1, 16, 12), b).double()
    assert_allclose(similarity(first, second, span), truth, rtol=1e-7)
    # Contrast and structure agree, so that several scales know only the luminance of the coarsest.
    large = [each[:, :, :1, :1].expand(1, 1, 21, 30) for each in (first, second)]
    power = 0.2856 / (0.0448 + 0.2856)
    assert_allclose(multiscale_similarity(*large, span), max(truth, 0) ** power, rtol=1e-7)


def test_index_is_symmetric_and_knows_only_values_relative_to_the_span():
    a, b = map(torch.tensor, pictures((2, 1, 22, 23)))
    assert_allclose(similarity(a, b, 1.0), similarity(b, a, 1.0), rtol=1e-12)
    assert_allclose(similarity(a, b, 1.0), similarity(7 * a, 7 * b, 7.0), rtol=1e-12)
    assert_allclose(multiscale_similarity(a, b, 1.0), multiscale_similarity(7 * b, 7 * a, 7.0), rtol=1e-12)


@pytest.mark.parametrize(
    ("shape", "levels", "weights"),
    [
        ((2, 2, 161, 163), 5, PUBLISHED),
        ((1, 1, 160, 200), 5, [w / 0.8668 for w in PUBLISHED[:4]]),
        ((2, 3, 45, 50), 5, [w / 0.6305 for w in PUBLISHED[:3]]),
        ((2, 1, 28, 28), 5, [w / 0.3304 for w in PUBLISHED[:2]]),
        ((2, 1, 45, 45), 2, [w / 0.3304 for w in PUBLISHED[:2]]),
        ((2, 1, 20, 28), 5, [1.0]),
        ((2, 1, 28, 28), 1, [1.0]),
    ],
)
def test_several_scales_are_those_of_scipy(shape, levels, weights):
    a, b = pictures(shape, noise=0.5)
    found = multiscale_similarity(torch.tensor(a), torch.tensor(b), 1.0, levels)
    assert_allclose(found, averaged(multiscale, a, b, 1.0, weights), rtol=1e-9)


def test_five_scales_are_the_default():
    a, b = map(torch.tensor, pictures((1, 1, 161, 161)))
    assert torch.equal(multiscale_similarity(a, b, 1.0), multiscale_similarity(a, b, 1.0, 5))


@pytest.mark.parametrize(
    ("side", "count"), [(11, 1), (20, 1), (21, 2), (40, 2), (41, 3), (80, 3), (81, 4), (160, 4), (161, 5), (999, 5)]
)
def test_a_scale_more_needs_twice_the_side(side, count):
    assert scales(side, 5) == count
    assert scales(side, 2) == min(count, 2)


def test_opposite_structure_is_negative_and_counts_as_nothing_at_several_scales():
    x = torch.randn(2, 1, 24, 24)
    assert (similarity(9 + x, 9 - x, 1.0) < -0.8).all()
    assert multiscale_similarity(9 + x, 9 - x, 1.0).tolist() == [0, 0]


def test_stacks_in_slices_are_the_same(monkeypatch):
    a, b = map(torch.tensor, pictures((5, 2, 22, 22)))
    whole = similarity(a, b, 1.0), multiscale_similarity(a, b, 1.0)
    monkeypatch.setattr(structural, "spans", lambda rows, columns: feature_sets.spans(rows, columns, values=2000))
    assert_allclose(torch.stack([similarity(a, b, 1.0), multiscale_similarity(a, b, 1.0)]), torch.stack(whole))


@pytest.mark.parametrize("function", [similarity, multiscale_similarity])
@pytest.mark.parametrize(
    ("first", "second", "span", "words"),
    [
        ((2, 1, 11, 12), (2, 1, 12, 11), 1.0, r"of one shape, .* got \[2, 1, 11, 12\] and \[2, 1, 12, 11\]"),
        ((2, 11, 12), (2, 11, 12), 1.0, "stacks of pictures"),
        ((0, 1, 12, 12), (0, 1, 12, 12), 1.0, "at least one picture"),
        ((2, 1, 12, 10), (2, 1, 12, 10), 1.0, "at least 11 x 11 pixels, got 12 x 10"),
        ((2, 1, 12, 12), (2, 1, 12, 12), 0.0, "span, .* must be above 0, not 0.0"),
        ((2, 1, 12, 12), (2, 1, 12, 12), float("nan"), "span, .* must be above 0"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(function, first, second, span, words):
    with pytest.raises(ValueError, match=words):
        function(torch.zeros(first), torch.zeros(second), span)


@pytest.mark.parametrize("levels", [0, 6])
def test_other_numbers_of_scales_are_refused_in_words(levels):
    with pytest.raises(ValueError, match=f"levels must be 1 to 5, not {levels}"):
        multiscale_similarity(torch.zeros(1, 1, 11, 11), torch.zeros(1, 1, 11, 11), 1.0, levels)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", [0, 1])
def test_pictures_that_are_not_finite_are_refused_in_words(wrong, place):
    pair = [torch.zeros(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)]
    pair[place][0, 0, 1, 1] = wrong
    with pytest.raises(ValueError, match="must be finite"):
        exact_pictures(*pair)


def test_pictures_are_compared_exactly_and_apart_from_gradients():
    pair = exact_pictures(torch.zeros(1, 1, 3, 3, requires_grad=True), torch.zeros(1, 1, 3, 3, dtype=torch.float16))
    assert [(each.dtype, each.requires_grad) for each in pair] == [(torch.float64, False)] * 2
