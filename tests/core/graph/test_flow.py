"""Who is trained by what, who moves when, and what is computed once: predicted by hand for small games."""

from typing import Any

import pytest

from rivalry.errors import SpecError
from rivalry.fields import Field
from rivalry.graph.confirm import confirm
from rivalry.graph.nodes import Graph
from rivalry.graph.search import find
from rivalry.graph.turns import Segment, segments
from rivalry.spec.model import Spec
from rivalry.spec.tree import Tree

FIELDS = {"x": Field((2,)), "u": Field((2,)), "label": Field((), classes=3)}
GAME = {"objective": "minimax", "judge": "D", "real": "x", "fake": "fake"}
CYCLE = {
    "generators": {"F": "mlp", "B": "mlp"},
    "discriminators": {"DX": "mlp", "DU": "mlp"},
    "flow": {"fake_u": "F(x)", "fake_x": "B(u)", "x_again": "B(fake_u)", "u_again": "F(fake_x)"},
    "losses": {
        "to_u": {**GAME, "judge": "DU", "real": "u", "fake": "fake_u"},
        "to_x": {**GAME, "judge": "DX", "real": "x", "fake": "fake_x"},
        "cycle_x": {"use": "l1", "of": ["x_again", "x"], "weight": 10},
        "cycle_u": {"use": "l1", "of": ["u_again", "u"], "weight": 10},
    },
}


def graph(**sections: Any) -> Graph:
    value = {
        "data": "ring",
        "latents": {"z": {"use": "normal", "size": 4}},
        "generators": {"G": {"use": "mlp"}},
        "discriminators": {"D": {"use": "mlp"}},
        "flow": {"fake": "G(z)"},
        "losses": {"game": GAME},
        **sections,
    }
    return Spec.of(Tree(value), FIELDS).graph


def credit(game: Graph) -> dict[str, set[str]]:
    return {term.label: set(term.trains) for term in game.terms}


def test_one_game() -> None:
    assert credit(graph()) == {"game.discriminator": {"D"}, "game.generator": {"G"}}


def test_a_cycle_of_two_games() -> None:
    assert credit(graph(**CYCLE)) == {
        "to_u.discriminator": {"DU"},
        "to_u.generator": {"F"},
        "to_x.discriminator": {"DX"},
        "to_x.generator": {"B"},
        "cycle_x": {"F", "B"},
        "cycle_u": {"F", "B"},
    }


def test_an_encoder_upstream_of_real_joins_the_generators_side() -> None:
    game = graph(
        generators={"G": "mlp", "E": "mlp"},
        flow={"fake": "G(z)", "code": "E(x)"},
        losses={"game": {**GAME, "real": ["x", "code"], "fake": ["fake", "z"]}},
    )
    assert credit(game) == {"game.discriminator": {"D"}, "game.generator": {"G", "E"}}
    assert [(n.op, [a.op for a in n.args]) for n in (game.terms[0].real, game.terms[0].fake) if n] == [
        ("sequence", ["data", "network"]),
        ("sequence", ["network", "latent"]),
    ]


def test_a_network_upstream_of_both_sides_says_what_it_does() -> None:
    sections = {
        "generators": {"G": "mlp", "H": {"use": "mlp", "output": 3}},
        "losses": {"game": {**GAME, "real": "H(x)", "fake": "H(fake)"}},
    }
    with pytest.raises(SpecError, match="'H' stands upstream of both real and fake"):
        graph(**sections)
    sections["losses"]["game"]["trains"] = ["G", "H"]
    assert credit(graph(**sections)) == {"game.discriminator": {"D"}, "game.generator": {"G", "H"}}


def test_a_penalty_trains_its_judge_and_takes_it_from_its_game() -> None:
    game = graph(losses={"game": {**GAME, "judge": "D(_, label)"}, "slope": {"penalty": "gradient", "of": "game"}})
    assert credit(game)["slope"] == {"D"}
    assert game.terms[2].judge == game.terms[0].judge
    assert (game.terms[2].real, game.terms[2].fake) == (game.terms[0].real, game.terms[0].fake)


def test_trains_narrows_a_loss() -> None:
    loss = {"use": "l2", "of": ["D(fake)", "D(x)"]}
    assert credit(graph(losses={"game": GAME, "match": loss}))["match"] == {"G", "D"}
    assert credit(graph(losses={"game": GAME, "match": {**loss, "trains": ["G"]}}))["match"] == {"G"}


def test_a_network_inside_the_judge_moves_with_the_judge() -> None:
    game = graph(discriminators={"D": "mlp", "Trunk": "mlp"}, losses={"game": {**GAME, "judge": "D(Trunk(_))"}})
    assert credit(game) == {"game.discriminator": {"D", "Trunk"}, "game.generator": {"G"}}


@pytest.mark.parametrize("sections", [{}, CYCLE, {"losses": {"game": GAME, "slope": {"penalty": "r1", "of": "game"}}}])
def test_the_predicted_credit_is_confirmed_by_gradients(sections: dict[str, Any]) -> None:
    game = graph(**sections)
    _, networks, faults = find([game], [FIELDS])
    assert faults == []
    confirmed, faults = confirm(game, networks, FIELDS, "shared", 4)
    assert faults == []
    assert confirmed.table == {(label, network): True for label, trained in credit(game).items() for network in trained}


def test_the_same_expression_is_the_same_tensor_and_another_draw_is_not() -> None:
    game = graph(
        flow={
            "fake": "G(z)",
            "again": "G( z )",
            "a": "noise(x, 0.1)",
            "b": "noise(x, 0.1)",
            "c": "noise(x, 0.1, draw=2)",
        }
    )
    assert game.flow["fake"] is game.flow["again"]
    assert game.flow["a"] is game.flow["b"]
    assert game.flow["c"] != game.flow["a"]


def test_a_chain_of_names_is_followed_and_an_endless_one_is_refused() -> None:
    def chain(length: int) -> dict[str, str]:
        return {"fake": "G(z)", **{f"n{i}": f"n{i - 1} + 1" for i in range(length - 1, 0, -1)}, "n0": "x"}

    assert graph(flow=chain(50)).flow["n49"].op == "arithmetic"
    for length in (151, 2_000):
        with pytest.raises(SpecError, match=r"flow: wanted (names|tensors) that rest on"):
            graph(flow=chain(length))


# players and order


def test_by_default_one_player_owns_the_discriminators_and_one_the_rest() -> None:
    game = graph(**CYCLE)
    assert {name: set(player.networks) for name, player in game.players.items()} == {
        "discriminator": {"DX", "DU"},
        "generator": {"F", "B"},
    }
    assert game.order == ("discriminator", "generator")


def test_further_players_move_after_the_usual_ones_as_declared() -> None:
    players = {"late": {"moves": ["DU"]}, "other": {"moves": ["B"], "optimizer": "sgd"}}
    game = graph(**CYCLE, players=players)
    assert game.order == ("discriminator", "generator", "late", "other")
    assert [game.owner(network) for network in ("DX", "DU", "F", "B")] == [
        "discriminator",
        "late",
        "generator",
        "other",
    ]
    assert game.players["other"].optimizer.name == "sgd"


# turns


def played(fakes: str = "shared", order: list[str] | None = None, **sections: Any) -> tuple[Graph, list[Segment]]:
    game = graph(train={"order": order}, **sections)
    return game, segments(game, fakes)


def shape(parts: list[Segment]) -> list[list[tuple[str, int]]]:
    return [[(turn.player, turn.index) for turn in part.turns] for part in parts]


def test_a_new_batch_is_drawn_for_a_player_that_has_moved_on_the_present_one() -> None:
    _, parts = played(order=["discriminator * 5", "generator"])
    assert shape(parts) == [
        [("discriminator", 0)],
        [("discriminator", 1)],
        [("discriminator", 2)],
        [("discriminator", 3)],
        [("discriminator", 4), ("generator", 5)],
    ]
    assert shape(played(order=["generator", "discriminator * 2"])[1]) == [
        [("generator", 0), ("discriminator", 1)],
        [("discriminator", 2)],
    ]
    assert shape(played(order=["discriminator", "generator"] * 2)[1]) == [
        [("discriminator", 0), ("generator", 1)],
        [("discriminator", 2), ("generator", 3)],
    ]


def test_only_what_two_turns_of_a_batch_use_is_shared() -> None:
    game, parts = played(order=["discriminator * 5", "generator"])
    assert [list(part.shared) for part in parts] == [[], [], [], [], [game.flow["fake"]]]
    assert parts[-1].shared == {game.flow["fake"]: "generator"}


def test_what_only_the_generator_uses_is_not_shared() -> None:
    game, (part,) = played(**CYCLE)
    assert set(part.shared) == {game.flow["fake_u"], game.flow["fake_x"]}


def test_no_tensor_downstream_of_a_judge_is_shared() -> None:
    copy = {"use": "l2", "of": ["D(fake)", "D(x)"], "trains": ["G", "D"]}
    game, (part,) = played(losses={"game": GAME, "match": copy})
    assert set(part.shared) == {game.flow["fake"]}


def test_a_tensor_is_recomputed_by_who_moves_after_one_of_its_networks() -> None:
    """B's player sends a gradient through F, which has moved by then: the prelude's tensor is not its own to use."""
    players = {"first": {"moves": ["F"]}, "second": {"moves": ["B"]}}
    game, (part,) = played(order=["first", "second", "discriminator"], players=players, **CYCLE)
    assert part.shared[game.flow["fake_u"]] == "first"
    assert part.shared[game.flow["x_again"]] == "first"


def test_fresh_fakes_share_nothing() -> None:
    _, parts = played("fresh", order=["discriminator * 2", "generator"])
    assert [part.shared for part in parts] == [{}, {}]
    assert shape(parts) == [[("discriminator", 0)], [("discriminator", 1), ("generator", 2)]]
