"""Every draw is a function of (seed, name, number): nothing else in the game changes it.

Mutations that were tried and fail here: the name, or the number, left out of the seed; the rank in it.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.streams import Streams, seed_of
from small import CPU, small_engine

words = st.text("abcdefz.#_", min_size=1, max_size=8)


@given(st.lists(st.one_of(words, st.integers(0, 9)), min_size=1, max_size=4, unique=True))
def test_seeds_are_63_bit_and_depend_on_the_order_of_their_parts(parts):
    seed = seed_of(*parts)
    assert 0 <= seed < 2**63
    assert seed == seed_of(*parts)
    assert len(parts) == 1 or seed != seed_of(*reversed(parts))


def test_parts_do_not_run_into_each_other():
    assert seed_of("ab", "c") != seed_of("a", "bc")
    assert seed_of(1, 23) != seed_of(12, 3)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**31), name=words, draw=st.integers(0, 10**9), world=st.integers(1, 4), size=st.integers(1, 5)
)
def test_slices_of_the_processes_are_the_joint_draw(seed, name, draw, world, size):
    for kind in (lambda s, n: s.normal(n, 3), lambda s, n: s.uniform(n), lambda s, n: s.integers(10, n, 2)):
        joint = kind(Streams(seed, CPU)(name, draw), world * size)
        slices = [kind(Streams(seed, CPU, rank, world)(name, draw), size) for rank in range(world)]
        assert torch.equal(torch.cat(slices), joint)


@given(name=words, other=words, draw=st.integers(0, 99))
def test_other_names_and_numbers_are_other_draws(name, other, draw):
    here = Streams(0, CPU)(name, draw).normal(4)
    assert torch.equal(here, Streams(0, CPU)(name, draw).normal(4))
    assert not torch.equal(here, Streams(0, CPU)(name, draw + 1).normal(4))
    assert not torch.equal(here, Streams(1, CPU)(name, draw).normal(4))
    if other != name:
        assert not torch.equal(here, Streams(0, CPU)(other, draw).normal(4))


def test_draws_have_the_moments_of_their_law():
    stream = Streams(0, CPU)("z")
    normal, uniform, integers = stream.normal(100_000), stream.uniform(100_000), stream.integers(4, 100_000)
    assert normal.mean().item() == pytest.approx(0, abs=0.02)
    assert normal.var().item() == pytest.approx(1, abs=0.03)
    assert uniform.mean().item() == pytest.approx(1 / 2, abs=0.005)
    assert uniform.var().item() == pytest.approx(1 / 12, abs=0.002)
    assert integers.bincount().float().div(100_000).tolist() == pytest.approx([0.25] * 4, abs=0.01)


def seen(source, *settings, steps=3):
    """What the sources of a game give in its first steps, by source; and its first weights."""
    game = small_engine(source, *settings)
    weights = {f"{n}.{k}": v.clone() for n, net in game.networks.items() for k, v in net.state_dict().items()}
    rows = {}
    data, latent = game.now.data, game.now.latent

    def kept(kind, give):
        def keep(name, *turn):
            value = give(name, *turn)
            rows.setdefault(f"{kind} {name}", []).append(value.clone())
            return value

        return keep

    game.now.data, game.now.latent = kept("data", data), kept("latent", latent)
    for _ in range(steps):
        game.step()
    return {name: torch.cat(values) for name, values in rows.items()}, weights


def same(one, other):
    return {key: torch.equal(one[key], other[key]) for key in one.keys() & other.keys()}


BASE = {"rivalry": 1, "extends": "ring"}


@pytest.mark.parametrize("change", [
    {"losses": {"penalty": None}},
    {"losses": {"game": {"objective": "hinge"}}},
    {"losses": {"penalty": {"penalty": "gradient"}}},
    {"latents": {"another": {"use": "normal", "size": 4}}},
    {"train": {"ema": None}},
])  # fmt: skip
def test_no_other_part_of_the_game_changes_a_draw_an_order_or_a_first_weight(change):
    before, weights = seen(BASE)
    after, others = seen({**BASE, **change})
    assert same(before, after) == {"data x": True, "latent z": True}
    assert all(same(weights, others).values())


def test_another_player_changes_no_draw_an_order_or_a_first_weight():
    before, weights = seen(BASE)
    critic = {
        "discriminators": {"D2": {"use": "mlp"}},
        "losses": {"second": {"objective": "lsgan", "judge": "D2", "real": "x", "fake": "fake"}},
        "players": {"first": {"moves": ["D"]}, "second": {"moves": ["D2"]}, "discriminator": None},
        "train": {"order": ["second", "first", "generator"]},
    }
    after, others = seen({**BASE, **critic})
    assert same(before, after) == {"data x": True, "latent z": True}
    assert all(same(weights, others).values())
    assert any(name.startswith("D2.") for name in others)


def test_another_seed_changes_all_of_them():
    before, weights = seen(BASE)
    after, others = seen(BASE, "train.seed=1")
    assert not any(same(before, after).values())
    assert not any(same(weights, others).values())


def test_more_turns_of_one_player_take_further_batches_of_the_same_sequence():
    once, _ = seen(BASE, steps=3)
    thrice, _ = seen(BASE, "train.order=[discriminator * 3, generator]", steps=1)
    assert same(once, thrice) == {"data x": True, "latent z": True}


def test_fresh_fakes_give_every_turn_its_own_latents():
    fresh, _ = seen(BASE, "train.fakes=fresh", steps=2)
    assert len(fresh["latent z"]) == 2 * len(fresh["data x"])
    assert len(fresh["latent z"].unique(dim=0)) == len(fresh["latent z"])
