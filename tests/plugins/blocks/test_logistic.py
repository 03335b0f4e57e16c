"""The two cross-entropies of a logit, by scipy.

Mutations that turn this red: the labels exchanged; a mean in place of one value for each score.
"""

import numpy as np
import pytest
import torch
from scipy.special import expit, log_expit

from rivalry_zoo.blocks.logistic import as_fake, as_real


def test_labels_cost_minus_their_log_probability_elementwise(device):
    scores = np.array([[-30.0, -1.5], [0.25, 4.0]])
    given = torch.tensor(scores, device=device, requires_grad=True)
    for cost, sign in ((as_real, 1), (as_fake, -1)):
        np.testing.assert_allclose(cost(given).detach().cpu(), -log_expit(sign * scores), rtol=1e-10, atol=1e-14)
        (slope,) = torch.autograd.grad(cost(given).sum(), given)
        np.testing.assert_allclose(slope.cpu(), -sign * expit(-sign * scores), atol=1e-14)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_far_scores_cost_their_size_or_nothing(dtype):
    far = torch.tensor([-1e4, 1e4], dtype=dtype)
    assert as_real(far).tolist() == [-far[0].item(), 0]
    assert as_fake(far).tolist() == [0, far[1].item()]
