"""Components by kind and name from Python. Mutation tried: letting the constructor's own error out as it is."""

import pytest

import rivalry as rv
from rivalry_zoo.features.pixels import Pixels


def fault(kind, name, **arguments):
    with pytest.raises(rv.SpecError) as caught:
        rv.make(kind, name, **arguments)
    return str(caught.value)


def test_parameters_and_given_facts_are_keywords():
    assert rv.make("objective", "lsgan", real=2.0).real == 2.0
    assert rv.make("latent", {"use": "normal", "size": 3}).field.shape == (3,)
    assert rv.make("norm", "batch", channels=5, eps=1e-3).weight.shape == (5,)


def test_a_part_may_be_an_object():
    pixels = Pixels()
    assert rv.make("metric", "kid", features=pixels).features is pixels


def test_every_mistake_is_a_spec_error_in_words():
    assert fault("objektive", "hinge") == "no kind is called 'objektive'; did you mean 'objective'?"
    assert fault("objective", "hing") == "no objective is called 'hing'; did you mean 'hinge'?"
    assert fault("objective", "lsgan", reel=1.0) == "reel: is not known here; did you mean 'real'?"
    assert fault("norm", "batch").startswith("channels: is missing")
    assert fault("objective", "lsgan", real=-1.0).startswith("objective 'lsgan': ")


def test_what_was_made_is_written_by_name():
    spec = rv.Spec(
        data=rv.make("dataset", "ring", size=100),
        latents={"z": rv.make("latent", "normal", size=4)},
        generators={"G": "mlp"},
        discriminators={"D": "mlp"},
        flow={"fake": "G(z)"},
        losses={"game": {"objective": rv.make("objective", "hinge"), "judge": "D", "real": "x", "fake": "fake"}},
    )
    plain = spec.plain()
    assert (plain["data"]["use"], plain["data"]["size"]) == ("ring", 100)
    assert plain["latents"]["z"] == {"use": "normal", "size": 4}
    assert plain["losses"]["game"]["objective"] == {"use": "hinge"}
