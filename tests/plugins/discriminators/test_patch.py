"""The patch discriminator: what each score sees. Mutation caught: a stride of 2 in the last but one convolution."""

import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.discriminators.patch import PatchDiscriminator
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.none import NoNorm


@pytest.mark.parametrize(("layers", "field", "size"), [(1, 16, 48), (3, 70, 160), (5, 286, 640)])
def test_each_score_sees_a_patch_of_the_known_size(layers, field, size):
    network = PatchDiscriminator([(1, size, 96 if layers == 5 else size)], width=1, layers=layers, norm=NoNorm).double()
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.zeros(1, 1, size, 96 if layers == 5 else size, dtype=torch.float64, requires_grad=True)
    scores = network(x)
    scores[0, 0, scores.shape[2] // 2, 0].backward()
    assert x.grad[0, 0].any(1).sum() == field


@pytest.mark.parametrize(
    ("norm", "inputs", "count"),
    [(BatchNorm, [(3, 256, 256)], 2_765_633), (InstanceNorm, [(3, 256, 256)], 2_764_737),
     (BatchNorm, [(3, 256, 256), (3, 256, 256)], 2_768_705)],
)  # fmt: skip
def test_it_has_the_published_number_of_parameters(norm, inputs, count):
    with torch.device("meta"):
        network = PatchDiscriminator(inputs, norm=norm)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


def test_a_moved_image_gives_moved_scores_away_from_the_borders(device):
    torch.manual_seed(0)
    network = PatchDiscriminator([(1, 64, 64)], width=4, layers=2, norm=NoNorm).to(device).double()
    x = torch.randn(2, 1, 64, 64, device=device).double()
    scores, moved = network(x), network(x.roll((4, 8), (2, 3)))
    torch.testing.assert_close(moved[:, :, 5:-5, 5:-5], scores.roll((1, 2), (2, 3))[:, :, 5:-5, 5:-5])


def test_an_odd_size_is_welcome_and_a_small_one_refused_with_the_nearest():
    assert PatchDiscriminator([(1, 25, 31)], width=2)(torch.randn(2, 1, 25, 31)).shape == (2, 1, 1, 1)
    with pytest.raises(ValueError, match="of 3 layers wants sides of 24 or more, got 16x40; the nearest size is 24x40"):
        PatchDiscriminator([(1, 16, 40)])


def test_a_label_enters_as_one_hot_maps():
    network = PatchDiscriminator([(1, 24, 24), Field((), classes=3)], width=2)
    wide = PatchDiscriminator([(4, 24, 24)], width=2)
    wide.load_state_dict(network.state_dict())
    x, y = torch.randn(2, 1, 24, 24), torch.tensor([2, 0])
    maps = torch.eye(3)[y][:, :, None, None].expand(2, 3, 24, 24)
    assert torch.equal(network(x, y), wide(torch.cat([x, maps], 1)))
