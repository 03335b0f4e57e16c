"""States of optimisers around optimisers: each finds its own part again, three deep.

Mutations caught: the outer state laid over the inner one's names; the first name cut off twice.
"""

import torch

from rivalry_zoo.blocks.around import around, inside


def test_each_optimiser_finds_its_own_part_of_the_state():
    inner = {"mean": [torch.tensor(1.0)], "step": [torch.tensor(2.0)]}
    middle = around(inner, mean=[torch.tensor(3.0)])
    outer = around(middle, mean=[torch.tensor(4.0)], begun=[torch.tensor(5.0)])
    assert [rows["mean"][0].item() for rows in (outer, inside(outer), inside(inside(outer)))] == [4, 3, 1]
    assert set(inside(inside(outer))) == {"mean", "step"}
    assert inside(outer)["mean"][0] is middle["mean"][0]  # the tensors themselves, so that a step moves them
