"""What is alexnet's own; what it shares with its like stands in blocks/test_perceptual.py.

Mutations tried (a test failed for each): another default layer, a layer left out, another least side.
"""

from typing import get_args

from attrs import fields

from rivalry.signature import parameters
from rivalry_zoo.blocks.lpips import ALEXNET
from rivalry_zoo.features.alexnet import AlexNet


def test_its_layers_are_all_maps_that_distances_look_at():
    assert list(get_args(fields(AlexNet).layer.type)) == [own.tap for own in ALEXNET.convolutions if own.tap]
    assert AlexNet().layer == "relu5"


def test_the_least_side_is_what_the_network_can_see():
    assert AlexNet.trunk is ALEXNET
    assert ALEXNET.least == 31
    assert "Ge(ge=31)" in repr(parameters(AlexNet)["side"])


def test_its_name_and_whether_it_is_the_usual_one():
    assert (AlexNet.name, AlexNet.is_default) == ("alexnet", True)
