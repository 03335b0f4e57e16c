"""What is vgg16's own; what it shares with its like stands in blocks/test_perceptual.py.

Mutations tried (a test failed for each): another default layer, a layer left out, another least side.
"""

from typing import get_args

from attrs import fields

from rivalry.signature import parameters
from rivalry_zoo.blocks.lpips import VGG16
from rivalry_zoo.features.vgg16 import Vgg16


def test_its_layers_are_all_maps_that_distances_look_at():
    assert list(get_args(fields(Vgg16).layer.type)) == [own.tap for own in VGG16.convolutions if own.tap]
    assert Vgg16().layer == "relu5_3"


def test_the_least_side_is_what_the_network_can_see():
    assert Vgg16.trunk is VGG16
    assert VGG16.least == 16
    assert "Ge(ge=16)" in repr(parameters(Vgg16)["side"])


def test_its_name_and_whether_it_is_the_usual_one():
    assert (Vgg16.name, Vgg16.is_default) == ("vgg16", False)
