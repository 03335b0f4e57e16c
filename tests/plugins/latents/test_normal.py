"""Normal codes against scipy's law. Mutation caught: twice the deviation."""

import pytest
from scipy import stats

from rivalry.fields import Field
from rivalry.streams import stream
from rivalry_zoo.latents.normal import Normal


def test_components_are_standard_normal():
    z = Normal(50).sample(400, stream(0)).numpy()
    assert stats.kstest(z.ravel(), stats.norm.cdf).pvalue > 0.01
    assert abs(stats.pearsonr(z[:, 0], z[:, 1]).statistic) < 0.15


def test_a_size_or_a_shape_says_what_a_code_is(device):
    assert Normal(7).field == Field((7,))
    latent = Normal((8, 4, 2))
    z = latent.sample(3, stream(1, device))
    assert z.shape == (3, *latent.field.shape) == (3, 8, 4, 2)
    assert z.device.type == device.type


def test_the_same_draw_gives_the_same_codes():
    assert Normal(5).sample(4, stream(3)).equal(Normal(5).sample(4, stream(3)))
    assert not Normal(5).sample(4, stream(3)).equal(Normal(5).sample(4, stream(4)))


def test_codes_like_a_field_have_its_shape():
    latent = Normal(like=Field((3, 2, 2), low=-1, high=1))
    assert latent.field.shape == (3, 2, 2)
    assert latent.sample(5, stream(0)).shape == (5, 3, 2, 2)
    assert Normal().field.shape == (128,)
    with pytest.raises(ValueError, match="got size: 4 and like; leave one of them out"):
        Normal(4, like=Field(4))
    with pytest.raises(ValueError, match="got a label of 3 classes; use categorical"):
        Normal(like=Field((), classes=3))
