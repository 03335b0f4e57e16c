"""rivalry describe. Mutation caught: parameters that the builder supplies shown as the user's to state."""

from argparse import Namespace

import pytest

from rivalry.cli import describe
from rivalry.plugins import plugins

EVERYTHING = [(kind, name) for kind, row in plugins().table().items() for name in row]


def test_every_component_can_be_described(capsys):
    for kind, name in EVERYTHING:  # without the command line, which would load every plugin again for each
        assert describe.run(Namespace(kind=kind, name=name, bibtex=False)) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert out.startswith(f"{kind} {name}  (")
        assert f"\npaper: {plugins().find(kind, name).paper}\n" in out


def test_parameters_have_types_ranges_and_defaults(command):
    rows = [
        line.split(maxsplit=1)
        for line in command("describe", "norm", "batch").out.splitlines()
        if line.startswith("  ")
    ]
    rows = {name: " ".join(text.split()) for name, text in rows}
    assert rows["channels"] == "whole number given by the data and the flow"
    assert rows["eps"] == "number > 0 default 1e-05"
    assert rows["momentum"] == "number >= 0 and <= 1 default 0.1"


def test_moving_numbers_parts_choices_and_needs_say_so(command):
    assert "or schedule" in command("describe", "optimizer", "adam").out
    assert "norm        norm" in command("describe", "generator", "mlp").out
    assert "one of 'steps', 'images', 'epochs'" in command("describe", "schedule", "linear").out
    assert "required" in command("describe", "schedule", "linear").out


def test_a_spec_is_shown_as_it_is_written_and_where_it_lies(command):
    file, where = plugins().specs()["ring"]
    done = command("describe", "spec", "ring")
    assert done.code == 0
    assert done.out.startswith(file.read_text().rstrip())
    assert done.out.endswith(f"from {where}: {file}\n")


def test_bibtex_has_authors_year_and_eprint(command):
    done = command("describe", "objective", "hinge", "--bibtex")
    assert done.out.splitlines() == [
        "@misc{hinge,",
        "  author = {Lim and Ye},",
        "  year = {2017},",
        "  eprint = {1705.02894},",
        "  archivePrefix = {arXiv}",
        "}",
    ]


def test_bibtex_of_a_spec_is_that_of_its_paper_even_where_another_states_it(command):
    for name in ("ring", "ring_hinge"):
        assert "eprint = {1801.04406}" in command("describe", "spec", name, "--bibtex").out


def test_bibtex_without_a_paper_is_a_comment(command):
    assert command("describe", "norm", "none", "--bibtex").out == "% none: none: the identity\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["objective", "hing"], "no objective is called 'hing'; did you mean 'hinge'?"),
        (["objectiv", "hinge"], "no kind is called 'objectiv'; did you mean 'objective'?"),
        (["spec", "rnig"], "no spec is called 'rnig'; did you mean 'ring'?"),
        (["sampler", "xyz"], "no sampler is called 'xyz'; known: ancestral, autoregressive"),
    ],
)
def test_what_is_unknown_is_answered_with_the_nearest(command, words, message):
    done = command("describe", *words)
    assert (done.code, done.out, done.err) == (2, "", f"rivalry: {message}\n")
