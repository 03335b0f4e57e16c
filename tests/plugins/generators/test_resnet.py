"""The residual generator: its size, its start and what its norms are told. Mutation caught: 1x1 skips left out."""

import torch
from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces import Norm
from rivalry_zoo.generators.resnet import ResnetGenerator


class Listening(Norm):
    """A norm that remembers the conditions it was told."""

    name, paper = "listening", "none: for this test"

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heard: list[Tensor | None] = []

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        self.heard.append(condition)
        return x


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


def test_norms_hear_the_inputs_after_the_first():
    network = ResnetGenerator([3, Field((), classes=4)], (1, 8, 8), width=2, norm=Listening)
    labels = torch.tensor([2, 0])
    network(torch.randn(2, 3), labels)
    heard = [condition for module in network.modules() if isinstance(module, Listening) for condition in module.heard]
    assert len(heard) == 3
    assert all(torch.equal(condition, torch.eye(4)[labels]) for condition in heard)
