"""The autoencoder critic: its score is what numpy makes of its own reconstruction.

Mutations caught: the sign of the score; a sum for the mean; the absolute value for the square; conditions ignored.
"""

import numpy as np
import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.discriminators.autoencoder import AutoencoderDiscriminator
from rivalry_zoo.generators.began import BeganGenerator

LABEL = Field((), classes=3)


@pytest.mark.parametrize(("distance", "power"), [("l1", 1), ("l2", 2)])
@pytest.mark.parametrize("size", [(8, 8), (28, 28), (16, 8)])
def test_score_is_minus_the_mean_distance_to_the_reconstruction(distance, power, size, device):
    torch.manual_seed(0)
    network = AutoencoderDiscriminator([(2, *size)], width=3, code=5, distance=distance).to(device).double()
    x = torch.randn(4, 2, *size, device=device, dtype=torch.float64)
    found = network(x)
    assert found.code.shape == (4, 5)
    assert found.rebuilt.shape == x.shape
    apart = np.abs(x.cpu().numpy() - found.rebuilt.detach().cpu().numpy()) ** power
    np.testing.assert_allclose(found.score.detach().cpu().numpy(), -apart.mean((1, 2, 3)), rtol=1e-12)


def test_its_main_output_comes_first_and_the_others_are_declared():
    found = AutoencoderDiscriminator([(1, 8, 8)], width=2)(torch.randn(2, 1, 8, 8))
    assert found._fields[1:] == AutoencoderDiscriminator.outputs
    assert found[0].shape == (2,)


def test_a_sample_that_is_rebuilt_exactly_scores_highest():
    network = AutoencoderDiscriminator([(1, 8, 8)], width=2)
    with torch.no_grad():
        for parameter in network.decoder.parameters():
            parameter.zero_()
        list(network.decoder.parameters())[-1].fill_(0.25)  # rebuilds the constant image of 0.25 from any code
    x = torch.cat([torch.full((1, 1, 8, 8), 0.25), torch.randn(5, 1, 8, 8)])
    scores = network(x).score
    assert scores[0] == 0
    assert (scores[1:] < 0).all()


def test_its_decoder_is_the_generators():
    network, generator = (
        AutoencoderDiscriminator([(1, 28, 28)], width=4, code=6),
        BeganGenerator(6, (1, 28, 28), width=4),
    )
    generator.decoder.load_state_dict(network.decoder.state_dict())
    code = torch.randn(2, 6)
    assert torch.equal(generator(code), network.decoder(code))


def test_encoder_widens_level_by_level_to_the_base():
    network = AutoencoderDiscriminator([(1, 32, 32)], width=4)
    assert network.encoder(torch.randn(1, 1, 32, 32)).shape == (1, 16, 4, 4)


def test_conditions_are_told_to_the_decoder():
    torch.manual_seed(0)
    network, x = AutoencoderDiscriminator([(1, 8, 8), LABEL], width=4), torch.randn(3, 1, 8, 8)
    first, other = network(x, torch.tensor([0, 1, 2])), network(x, torch.tensor([0, 1, 0]))
    torch.testing.assert_close(first.score[:2], other.score[:2])
    torch.testing.assert_close(first.code, other.code)
    assert abs(first.score[2] - other.score[2]) > 1e-6


def test_samples_do_not_meet_and_every_weight_receives_a_gradient():
    torch.manual_seed(0)
    network, x = AutoencoderDiscriminator([(1, 8, 8)], width=4).double(), torch.randn(4, 1, 8, 8).double()
    scores = network(x).score
    torch.testing.assert_close(network(x[2:3]).score, scores[2:3])
    gradients = torch.autograd.grad(scores.sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [([(1, 30, 30)], "got 30x30; the nearest sizes are 28x28 or 32x32"), ([12], "wants an image of shape")],
)
def test_samples_that_do_not_fit_are_refused_in_words(inputs, words):
    with pytest.raises(ValueError, match=f"discriminator autoencoder .*{words}"):
        AutoencoderDiscriminator(inputs)
