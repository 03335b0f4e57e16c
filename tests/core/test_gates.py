"""Who may move, and when numbers do.

Mutations that were tried and fail here: an optimiser that ignores `skip`, a gate that opens as it would
have a step before, a number that follows after every observation.
"""

import pytest
import torch

from small import copied, engine_of, tiny

GATES = {"discriminator": "dreams.discriminator > 1.1", "generator": "dreams.discriminator < 1.2"}


def test_a_gate_closes_and_opens_again_and_what_it_closes_keeps_every_bit():
    source, settings = tiny("vae_gan")
    game = engine_of(source, *settings, *(f"players.{name}.when={gate}" for name, gate in GATES.items()))
    seen = {"discriminator": "", "generator": ""}
    for _ in range(150):
        before = {name: copied({**dict(enumerate(p.parameters)), **p.tensors()}) for name, p in game.players.items()}
        losses = game.step()
        value = losses["dreams.discriminator"].item()  # both sides' gates ask for what the critic's turn has just found
        opened = {"discriminator": value > 1.1, "generator": value < 1.2, "encoder": True}
        for name, player in game.players.items():
            after = {**dict(enumerate(player.parameters)), **player.tensors()}
            kept = all(torch.equal(after[key], tensor) for key, tensor in before[name].items())
            moved = not any(torch.equal(p, before[name][i]) for i, p in enumerate(player.parameters))
            assert (moved, kept) == (opened[name], not opened[name]), (name, value)
        for name in seen:
            seen[name] += "" if seen[name].endswith("ox"[not opened[name]]) else "ox"[not opened[name]]
        if "oxo" in seen["discriminator"] and "xo" in seen["generator"]:
            return
    pytest.fail(f"gates were open (o) and closed (x) in this order: {seen}")


def test_a_gate_on_a_loss_that_is_not_known_yet_is_open():
    game = engine_of("ring", "generators.G.width=8", "discriminators.D.width=8", "train.batch=8",
                     "players.discriminator.when=game.generator < -1000")  # fmt: skip
    first = copied(dict(enumerate(game.players["discriminator"].parameters)))
    game.step()  # it moves before the generator has computed its loss for the first time
    then = copied(dict(enumerate(game.players["discriminator"].parameters)))
    assert not any(torch.equal(first[key], then[key]) for key in first)
    game.step()
    assert all(torch.equal(p, then[key]) for key, p in enumerate(game.players["discriminator"].parameters))


@pytest.mark.parametrize("every", [1, 2])
def test_an_observed_number_changes_once_a_step_by_what_the_last_critics_turn_saw(every):
    source, settings = tiny("began")
    order = "train.order=[discriminator * 5, generator]"
    game = engine_of(source, *settings, order, "schedules.k.gain=0.5", f"schedules.k.every={every}")
    now = game.now
    turns: list[float] = []
    seen: list[float] = []
    record, observe = now.record, now.observe

    def keep(label, loss):
        turns.append(now.number("k").item())
        record(label, loss)

    def look(name, value):
        seen.append(value.mean().item())
        observe(name, value)

    now.record, now.observe = keep, look
    wanted = 0.0
    for step in range(1, 5):
        turns.clear()
        game.step()
        assert turns == [pytest.approx(wanted)] * 6
        assert len(seen) == step
        if step % every == 0:
            wanted = min(1.0, max(0.0, wanted + 0.5 * sum(seen[-every:]) / every))
        assert now.number("k").item() == pytest.approx(wanted, rel=1e-5)
    assert wanted != 0
