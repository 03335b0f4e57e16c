"""Facts flow forwards from the data and backwards from what is compared, until nothing moves."""

from typing import Any

import pytest
import torch
from torch import nn

from rivalry.errors import Fault, dotted
from rivalry.fields import Field
from rivalry.graph.facts import Facts
from rivalry.graph.search import find
from rivalry.spec.model import Spec

PICTURE = Field((3, 32, 16), low=-1, high=1)
LABEL = Field((), classes=7)
GAME = {"objective": "minimax", "judge": "D", "real": "x", "fake": "fake"}


def spec(**sections: Any) -> dict[str, Any]:
    return {
        "data": "ring",
        "latents": {"z": {"use": "normal", "size": 5}},
        "generators": {"G": {"use": "mlp", "width": 4}},
        "discriminators": {"D": {"use": "mlp", "width": 4}},
        "flow": {"fake": "G(z)"},
        "losses": {"game": GAME},
        **sections,
    }


def found(value: dict[str, Any], **fields: Field) -> tuple[Facts, dict[str, nn.Module], list[Fault]]:
    """The facts of a mapping, on the fields of its own data or on given ones."""
    if fields:
        checked = Spec.model_validate(value, context={"fields": fields})
        return find([checked.graph], [fields])
    return find([Spec.model_validate(value).graph], [{"x": Field((2,))}])


def test_a_latent_gives_the_generator_its_input_and_the_data_its_output() -> None:
    facts, networks, faults = found(spec())
    assert faults == []
    assert facts.inputs == {"G": (Field((5,)),), "D": (Field((2,)),)}
    assert facts.output == {"G": Field((2,))}
    assert networks["G"](torch.empty(3, 5, device="meta")).shape == (3, 2)


def test_networks_are_built_without_allocating() -> None:
    _, networks, _ = found(spec(generators={"G": {"use": "mlp", "width": 100_000, "layers": 5}}))
    assert {parameter.device.type for net in networks.values() for parameter in net.parameters()} == {"meta"}


def test_pictures_need_not_be_square_and_keep_their_range() -> None:
    value = spec(generators={"G": {"use": "dcgan", "width": 4}}, discriminators={"D": {"use": "dcgan", "width": 4}})
    facts, networks, faults = found(value, x=PICTURE)
    assert faults == []
    assert facts.output["G"] == PICTURE
    assert networks["G"](torch.empty(2, 5, device="meta")).shape == (2, 3, 32, 16)


def test_extra_latents_and_labels_reach_the_networks_called_on_them() -> None:
    value = spec(
        latents={
            "z": {"use": "normal", "size": 5},
            "c": {"use": "categorical", "classes": 4},
            "map": {"use": "uniform", "size": [2, 3]},
        },
        flow={"fake": "G(z, c, map)"},
        losses={"game": {**GAME, "judge": "D(_, label)"}},
    )
    facts, _, faults = found(value, x=Field((2,)), label=LABEL)
    assert faults == []
    assert facts.inputs == {
        "G": (Field((5,)), Field((), classes=4), Field((2, 3), low=-1, high=1)),
        "D": (Field((2,)), LABEL),
    }


def test_facts_pass_through_operations_forwards() -> None:
    facts, _, faults = found(spec(flow={"both": "concat(z, z)", "fake": "G(both)"}))
    assert faults == []
    assert facts.inputs["G"] == (Field((10,)),)


def test_a_comparison_carries_a_shape_backwards_through_two_networks() -> None:
    """x fixes again = H(fake); u, not x, fixes fake = G(z), and H's input follows forwards from it."""
    value = spec(
        data={"x": "ring", "u": "ring"},
        generators={"G": {"use": "mlp"}, "H": {"use": "mlp"}},
        flow={"fake": "G(z)", "again": "H(fake)"},
        losses={"game": {**GAME, "real": "u"}, "copy": {"use": "l2", "of": ["again", "x"], "trains": ["H"]}},
    )
    facts, _, faults = found(value, x=Field((2,)), u=Field((6,)))
    assert faults == []
    assert facts.output == {"G": Field((6,)), "H": Field((2,))}
    assert facts.inputs["H"] == (Field((6,)),)


def test_two_games_share_a_critic_of_one_shape() -> None:
    value = spec(
        data={"x": "ring", "u": "ring"},
        generators={"G": "mlp", "H": "mlp"},
        flow={"fake": "G(z)", "other": "H(z)"},
        losses={"game": GAME, "second": {**GAME, "real": "u", "fake": "other"}},
    )
    _, networks, faults = found(value, x=Field((2,)), u=Field((2,)))
    assert (faults, set(networks)) == ([], {"G", "H", "D"})
    *_, faults = found(value, x=Field((2,)), u=Field((3,)))
    assert faults
    assert all("gets (" in fault.message and "elsewhere 'D' gets (" in fault.message for fault in faults)


def test_a_joint_sample_is_compared_part_by_part() -> None:
    value = spec(
        generators={"G": "mlp", "E": "mlp"},
        flow={"fake": "G(z)", "code": "E(x)"},
        losses={"game": {**GAME, "real": ["x", "code"], "fake": ["fake", "z"]}},
    )
    facts, _, faults = found(value)
    assert faults == []
    assert facts.output == {"G": Field((2,)), "E": Field((5,))}
    assert facts.inputs["D"] == (Field((2,)), Field((5,)))


def test_output_stands_in_place_of_the_facts() -> None:
    value = spec(
        generators={"G": {"use": "mlp", "output": [2]}, "H": {"use": "mlp", "output": 3}}, flow={"fake": "G(H(z))"}
    )
    facts, _, faults = found(value)
    assert faults == []
    assert facts.output == {"G": Field((2,)), "H": Field((3,))}
    assert facts.inputs["G"] == (Field((3,)),)


@pytest.mark.parametrize(
    ("sections", "path", "words"),
    [
        ({"generators": {"G": {"use": "mlp", "output": 3}}}, "losses.game.fake", ["'G(z)' is 3", "'x' is 2"]),
        ({"flow": {"fake": "G(z)", "more": "G(x)"}}, "flow.more", ["'G(x)' gets (2)", "elsewhere 'G' gets (5)"]),
        ({"generators": {"G": "dcgan"}}, "generators.G", ["image of shape", "got 2"]),
        ({"generators": {"G": "mlp", "H": "mlp"}, "flow": {"fake": "G(H(z))"}}, "generators.H", ["'H(z)' is unknown"]),
        ({"flow": {"fake": "G(z)", "odd": "concat(x, z, dim=4)"}}, "flow.odd", ["x: 2, z: 5"]),
        (
            {"losses": {"game": {**GAME, "real": ["x", "x"], "fake": ["fake", "z"]}}},
            "losses.game.fake[1]",
            ["'z' is 5", "'x' is 2"],
        ),
    ],
)
def test_a_disagreement_is_one_fault_that_names_both_sides(
    sections: dict[str, Any], path: str, words: list[str]
) -> None:
    *_, faults = found(spec(**sections))
    assert [dotted(fault.path) for fault in faults] == [path]
    assert all(word in faults[0].message for word in words), faults[0].message


def test_live_modules_are_found_out_on_a_copy() -> None:
    critic = nn.Sequential(nn.Linear(2, 1), nn.Flatten(0))
    facts, networks, faults = found(spec(discriminators={"D": critic}))
    assert (faults, facts.inputs["D"]) == ([], (Field((2,)),))
    assert networks["D"] is not critic
    assert critic[0].weight.device.type == "cpu"


def test_named_outputs_have_facts_of_their_own() -> None:
    from typing import NamedTuple

    class Two(NamedTuple):
        scores: torch.Tensor
        code: torch.Tensor

    class Critic(nn.Module):
        outputs = ("code",)

        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Linear(2, 5)

        def forward(self, x: torch.Tensor) -> Two:
            found = self.net(x)
            return Two(found.sum(1), found)

    copy = {"use": "l2", "of": ["D(fake).code", "z"], "trains": ["G", "D"]}
    *_, faults = found(spec(discriminators={"D": Critic()}, losses={"game": GAME, "copy": copy}))
    assert faults == []
    *_, faults = found(
        spec(discriminators={"D": Critic()}, losses={"game": GAME, "copy": {**copy, "of": ["D(fake).code", "x"]}})
    )
    assert [fault.message.replace("D(G(z))", "D(fake)") for fault in faults] == [
        "'x' is 2, but 'D(fake).code' is 5; they are compared"
    ]
