"""The style generator: its published size, and which layer each style reaches.

Mutation tried: an image's conv1 given the style of its own level; the test of the order fails.
"""

import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.encoders.style_mapping import StyleMapping
from rivalry_zoo.generators.style import StyleGenerator


def network(**more):
    torch.manual_seed(0)
    return StyleGenerator((6, 5), (2, 16, 32), width=4, **more)


def test_with_its_mapping_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        both = StyleMapping(512), StyleGenerator(512, (3, 1024, 1024), width=32)
    assert sum(parameter.numel() for part in both for parameter in part.parameters()) == 30_370_060


def test_one_style_is_the_same_style_for_all_layers(device):
    torch.manual_seed(0)
    one, w = StyleGenerator(5, (2, 16, 32), width=4).to(device), torch.randn(3, 5, device=device)
    assert torch.equal(one(w), one(w[:, None].repeat(1, 6, 1)))
    assert one(w).shape == (3, 2, 16, 32)


def test_every_style_reaches_the_modules_of_its_place():
    grown = network(noise=False)
    modules = [grown.first, grown.to_image[0]]
    for block, image in zip(grown.blocks, [*grown.to_image][1:]):
        modules += [*block, image]
    places = [0, 1, 1, 2, 3, 3, 4, 5]
    heard = []
    for module in modules:
        module.register_forward_hook(lambda module, inputs, output: heard.append((module, inputs[1])))
    styles = torch.arange(6.0)[None, :, None].expand(2, 6, 5)
    grown(styles)
    assert {id(module): style[0, 0].item() for module, style in heard} == {
        id(module): float(place) for module, place in zip(modules, places)
    }


def test_early_styles_change_everything_and_the_last_changes_no_shape():
    grown, w = network(noise=False).double(), torch.randn(1, 6, 5).double()
    other = w.clone()
    other[:, -1] += 1
    image, last = grown(w), grown.to_image[-1]
    torch.nn.init.zeros_(last.weight)
    torch.testing.assert_close(grown(other), grown(w))
    assert not torch.equal(grown(w), image)


def test_its_image_is_the_sum_of_all_levels_doubled():
    grown, w = network(noise=False).double(), torch.randn(2, 6, 5).double()
    torch.nn.init.normal_(grown.bias)
    whole, parts = grown(w), []
    for level in range(3):
        alone = network(noise=False).double()
        for other in {0, 1, 2} - {level}:
            torch.nn.init.zeros_(alone.to_image[other].weight)
        with torch.no_grad():
            alone.bias[level] = grown.bias[level]
        parts.append(alone(w))
    torch.testing.assert_close(sum(parts), whole)


def test_noise_changes_nothing_until_its_strength_is_learnt():
    grown, w = network(), torch.randn(2, 6, 5)
    assert torch.equal(grown(w), grown(w))
    with torch.no_grad():
        grown.first.strength.fill_(1.0)
    assert not torch.equal(grown(w), grown(w))


def test_every_weight_gets_a_gradient_and_second_derivatives_exist():
    grown, w = network().double(), torch.randn(4, 6, 5, requires_grad=True, dtype=torch.float64)
    image = grown(w)
    (slope,) = torch.autograd.grad((image * torch.randn_like(image)).sum(), w, create_graph=True)
    assert slope.abs().amin((0, 2)).max() > 0
    gradients = torch.autograd.grad(
        (image * torch.randn_like(image)).sum(), list(grown.parameters()), retain_graph=True
    )
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    second = torch.autograd.grad(slope.square().sum(), list(grown.parameters()), allow_unused=True)
    assert sum(gradient is not None and gradient.abs().max() > 0 for gradient in second) > len(second) / 2


def test_it_says_how_many_styles_it_wants():
    with pytest.raises(ValueError, match=r"or 6 of them, as its styles, got 4x5; write `mix_styles\(.*layers=6\)`"):
        StyleGenerator([Field((4, 5))], (1, 28, 28))
    with pytest.raises(ValueError, match="got 5, label of 3 classes"):
        StyleGenerator([5, Field((), classes=3)], (1, 28, 28))
    with pytest.raises(ValueError, match="the nearest sizes are 28x28 or 32x32"):
        StyleGenerator(5, (1, 30, 30))
