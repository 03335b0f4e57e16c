"""The residual generator: its size, its start and what its norms are told. Mutation caught: 1x1 skips left out."""

import pytest
import torch
from torch import Tensor

from rivalry import SpecError, make
from rivalry.fields import Field
from rivalry.interfaces import Norm
from rivalry_zoo.generators.resnet import ResnetGenerator


class Listening(Norm):
    """A norm that remembers the conditions it was told."""

    name, paper, conditional = "listening", "none: for this test", True

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.width = condition
        self.heard: list[Tensor | None] = []

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        self.heard.append(condition)
        return x


def heard(network):
    norms = [module for module in network.modules() if isinstance(module, Listening)]
    return [norm.width for norm in norms], [condition for norm in norms for condition in norm.heard]


def test_sngan_at_32_pixels_has_the_known_number_of_parameters():
    with torch.device("meta"):
        network = ResnetGenerator(128, (3, 32, 32))
    assert sum(parameter.numel() for parameter in network.parameters()) == 4_276_739


def test_glorot_gain_is_root_2_inside_blocks_and_1_outside():
    torch.manual_seed(0)
    network = ResnetGenerator(128, (3, 32, 32), width=64)
    inside, skip = network.blocks[0].first.weight, network.blocks[0].skip.weight
    assert abs(inside.std().item() / (2 * 2 / (2 * 64 * 9)) ** 0.5 - 1) < 0.03
    assert abs(skip.std().item() / (2 / (2 * 64)) ** 0.5 - 1) < 0.05
    assert abs(network.start.weight.std().item() / (2 / (128 + 64 * 16)) ** 0.5 - 1) < 0.03


def test_silent_branches_leave_a_repeated_linear_image():
    network = ResnetGenerator(5, (2, 16, 16), width=4, activation="none").eval()
    for block in network.blocks:
        torch.nn.init.zeros_(block.second.weight)
    x = network.blocks[0](torch.randn(2, 4, 4, 4))
    assert torch.equal(x[:, :, ::2, ::2], x[:, :, 1::2, 1::2])


def test_norms_that_take_a_condition_are_told_the_label_which_does_not_enter():
    network = ResnetGenerator([3, Field((), classes=4)], (1, 8, 8), width=2, norm=Listening)
    labels = torch.tensor([2, 0])
    network(torch.randn(2, 3), labels)
    widths, told = heard(network)
    assert widths == [4, 4, 4]
    assert all(condition is labels for condition in told)
    assert network.start.in_features == 3


def test_without_another_input_norms_are_told_the_latent():
    network = ResnetGenerator(3, (1, 8, 8), width=2, norm=Listening)
    z = torch.randn(2, 3)
    network(z)
    widths, told = heard(network)
    assert widths == [3, 3, 3]
    assert all(torch.equal(condition, z) for condition in told)
    assert network.start.in_features == 3


def test_for_other_norms_a_label_is_a_further_component_of_the_code():
    network = ResnetGenerator([3, Field((), classes=4)], (1, 8, 8), width=2)
    wide = ResnetGenerator(7, (1, 8, 8), width=2)
    wide.load_state_dict(network.state_dict())
    z, y = torch.randn(3, 3), torch.tensor([3, 0, 1])
    assert torch.equal(network(z, y), wide(torch.cat([z, torch.eye(4)[y]], 1)))


@pytest.mark.parametrize(
    ("norm", "condition"),
    [
        ("conditional_batch", Field((), classes=4)),
        ({"use": "conditional_batch", "form": "linear"}, Field(5)),
        ("adain", Field(5)),
        ("self_modulated", Field((), classes=4)),
        ({"use": "spade", "norm": "instance"}, Field((2, 8, 8))),
        ("spade", Field((8, 8), classes=4)),
    ],
    ids=str,
)
def test_every_conditional_norm_works_as_a_spec_would_have_it(norm, condition):
    facts = {"inputs": [3, condition], "output": Field((1, 8, 8))}
    network = make("generator", "resnet", norm=norm, width=4, activation="none", **facts).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter)
    shape = (1, *condition.shape)
    first, second = (
        (torch.full(shape, float(value)), torch.full(shape, value))[condition.classes is not None] for value in (1, 2)
    )
    z = torch.randn(1, 3)
    assert network(z, first).shape == (1, 1, 8, 8)
    assert not torch.allclose(network(z, first), network(z, second))


def test_an_inner_norm_without_a_condition_is_refused_in_words():
    with pytest.raises(SpecError, match="norm adain wants a condition, but its network tells its norms none"):
        make("generator", "mlp", norm="adain", inputs=3, output=2)
