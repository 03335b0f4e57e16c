"""Gaussian points against the law that the matrix says. Mutation caught: the matrix transposed."""

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from rivalry_zoo.datasets.gaussian import Gaussian

MATRIX = ((1.2, 0.5), (-0.3, 0.8))


def test_undoing_the_matrix_leaves_independent_standard_normal_numbers():
    points = Gaussian().batch(torch.arange(20_000))["x"].double().numpy()
    draws = points @ np.linalg.inv(np.array(MATRIX)).T
    assert all(kstest(column, "norm").pvalue > 1e-3 for column in draws.T)
    assert abs(np.corrcoef(draws.T)[0, 1]) < 4 / np.sqrt(len(draws))


def test_seeds_and_matrices_give_other_points_and_fingerprints():
    found = {Gaussian(size=10, **other).fingerprint for other in ({}, {"seed": 1}, {"matrix": ((2.0,),)})}
    assert len(found) == 3
    assert Gaussian(size=10).fingerprint == Gaussian(size=10).fingerprint
    assert Gaussian(matrix=((2.0,),)).fields["x"].shape == (1,)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ((), "must be square, got 0 rows"),
        (((1.0, 2.0),), "must be square, got 1 rows of"),
        (((1.0, 2.0), (2.0, 4.0)), "must have an inverse"),
    ],
)
def test_what_is_no_invertible_matrix_is_refused_in_words(matrix, words):
    with pytest.raises(ValueError, match=words):
        Gaussian(matrix=matrix)
