"""From words to components, numbers to words, tables and pictures.

Mutations caught: a penalty's weight handed to its constructor; settings of all penalties given to the first; a
conjugate pair shown twice; the choices of a component left out of the table.
"""

import csv
from typing import ClassVar

import pytest
from attrs import frozen

import rivalry as rv
from rivalry.dynamics import Method, dirac, tables, text, turns
from rivalry.dynamics.portrait import drawn
from rivalry.dynamics.settings import bias, chosen
from rivalry.errors import RunError, SpecError
from rivalry.interfaces import SeparableObjective


def test_settings_reach_the_component_that_they_name():
    made = chosen(
        "lsgan", ["r1", "gradient", "{use: gradient, target: 0}"], "adam", "optimistic",
        ["objective.real=2", "penalty.weight=0.5", "r1.weight=3", "gradient2.exponent=4", "optimizer.betas=[0, 0.9]"],
        0.25,
    )  # fmt: skip
    assert made.objective == rv.make("objective", "lsgan", real=2.0)
    r1, first, second = made.penalties
    assert (r1[0].name, r1[1]) == ("r1", 3)
    assert (first[0].target, first[1]) == (1, 0.5)
    assert (second[0].target, second[0].exponent, second[1]) == (0, 4, 0.5)
    assert made.method == Method(rv.make("optimizer", "adam", betas=(0, 0.9)), rv.make("order", "optimistic"), 0.25)


def test_parts_and_turns():
    made = chosen("f_divergence", order="discriminator * 2, generator", settings=["objective.divergence=js"])
    assert made.objective.divergence.name == "js"
    assert made.method.order == ("discriminator", "discriminator", "generator")
    assert chosen("hinge").method == Method(rv.make("optimizer", "sgd"), turns("alternating"))
    assert chosen("hinge").penalties == ()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"objective": "hing"}, "no objective is called 'hing'; did you mean 'hinge'?"),
        ({"objective": "hinge", "penalties": ["gradint"]}, "no penalty is called 'gradint'; did you mean 'gradient'?"),
        ({"objective": "hinge", "optimizer": "sdg"}, "no optimizer is called 'sdg'; did you mean 'sgd'?"),
        ({"objective": "hinge", "order": "simultan"}, "no order is called 'simultan'; did you mean 'simultaneous'?"),
        ({"objective": "hinge", "settings": ["penalty.weight=1"]}, "wanted one of objective, optimizer before"),
        ({"objective": "hinge", "settings": ["nonsense"]}, "wanted one of objective, optimizer before"),
        ({"objective": "lsgan", "settings": ["objective.reel=1"]}, "--set objective.reel=1: objective.reel"),
        ({"objective": "lsgan", "settings": ["objective.real=-1"]}, "must lie below"),
        ({"objective": "hinge", "penalties": ["r1"], "settings": ["penalty.weight=much"]},
         "--set r1.weight=much: r1.weight: wanted a number, got 'much'"),
        ({"objective": "hinge", "penalties": ["gradient"], "settings": ["penalty.target=-1"]}, "number >= 0, got -1"),
        ({"objective": "{target: 1}"}, "wanted a name or"),
        ({"objective": "{use: [}"}, "not valid YAML"),
    ],
)  # fmt: skip
def test_mistakes_are_answered_in_words(words, message):
    with pytest.raises(SpecError) as caught:
        chosen(**words)
    assert message in str(caught.value)


def test_a_bias_is_a_number_or_one_of_two_words():
    assert [bias(word) for word in (None, "learned", "rest", "0.5")] == [None, "learned", "rest", 0.5]
    with pytest.raises(RunError, match="wanted a number, learned or rest"):
        bias("free")


def test_a_constant_bias_is_neither_learned_nor_moved():
    assert dirac(rv.make("objective", "lsgan"), bias=0.5).setting.names == ("theta", "psi")
    with pytest.raises(RunError, match="moves a bias for ever"):
        dirac(Sinking(), bias="learned")


@frozen
class Sinking(SeparableObjective):
    """A discriminator that lowers every score."""

    name: ClassVar[str] = "sinking"
    paper: ClassVar[str] = "none: for tests"

    def real_term(self, scores):
        return scores

    def fake_term(self, scores):
        return 2 * scores

    def generated_term(self, scores):
        return -scores


@pytest.mark.parametrize("name", ["began", "ebgan", "loss_sensitive"])
def test_energies_are_refused_in_their_own_words(name):
    with pytest.raises(RunError, match="judges energies U >= 0, which no linear critic gives"):
        dirac(rv.make("objective", name))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1j, -1j], "+-i"),
        ([0.5j, -0.5j, -2], "+-0.5i, -2"),
        ([-0.25 + 0.5j, -0.25 - 0.5j], "-0.25 +- 0.5i"),
        ([-0.5, -0.5], "-0.5, -0.5"),
        ([1e-12 + 1e-12j, 0], "0, 0"),
        ([], "none: there is no linear part"),
        ([1 - 2j], "1 - 2i"),
    ],
)
def test_eigenvalues_in_words(values, words):
    assert text.eigenvalues(values) == words


def test_the_report_in_words():
    report = dirac(
        rv.make("objective", "non_saturating"), [(rv.make("penalty", "r1"), 1.0)],
        method=Method(rv.make("optimizer", "sgd"), rv.make("order", "simultaneous"), 0.1),
        noise=1.0, ratio=2.0, bias=-0.5,
    )  # fmt: skip
    words = text.words(report)
    for part in (
        "non_saturating + 1 x r1", "critic C(x) = psi x - 0.5", "Gaussian noise of deviation 1", "2 times as fast",
        "theta = 0, psi = 0", "smooth", "Verdict       converges exponentially", "spectral radius 0.9",
    ):  # fmt: skip
        assert part in words
    kinked = text.words(dirac(rv.make("objective", "wasserstein"), [rv.make("penalty", "gradient")]))
    assert "not smooth there" in kinked
    assert "by differences to the right" in kinked
    assert "none: there is no linear part" in kinked


def test_the_table_has_every_choice_and_refuses_in_words(tmp_path):
    forms = [tables.titled("relativistic", said) for said in tables.forms("objective", "relativistic")]
    assert forms == [
        "relativistic", "relativistic (form hinge)", "relativistic (form least_squares)",
        "relativistic (pairing average)",
    ]  # fmt: skip
    assert {"divergence": "js"} in list(tables.forms("objective", "f_divergence"))
    rows = [tables.row("logit", {}, "r1", {}), tables.row("mmd", {}), tables.row("lsgan", {}, "r2", {})]
    assert rows[0].cells == ("logit", "r1", "psi x", "-0.5 +- 0.5i", "converges exponentially, like exp(-0.5 t)")
    assert rows[1].kind == "refused"
    assert rows[1].verdict.startswith("refused: it judges vectors")
    assert rows[2].critic == "psi x + bias, from 0.5"
    page, sheet = tables.written(rows, tmp_path / "deep" / "er")
    assert "| logit | r1 | psi x | -0.5 +- 0.5i | converges" in page.read_text()
    with sheet.open() as file:
        assert [row["kind"] for row in csv.DictReader(file)] == ["exponential", "refused", "exponential"]
    with pytest.raises(RunError, match="cannot write"):
        tables.written(rows, page / "x")
    with pytest.raises(RunError, match="did you mean 'hinge'"):
        tables.everything("hing")


def test_a_portrait_is_drawn_twice_the_same(tmp_path):
    pytest.importorskip("matplotlib")
    report = dirac(rv.make("objective", "hinge"), [(rv.make("penalty", "r1"), 1.0)])
    first, again = (drawn(report, tmp_path / name, "a") for name in ("x", "y"))
    assert [path.name for path in first] == ["a.png", "a.svg"]
    for path, twin in zip(first, again, strict=True):
        assert path.read_bytes() == twin.read_bytes()
    assert "hinge + r1: exponential" in first[1].read_text()


def test_two_dimensions_are_three_panels(tmp_path):
    pytest.importorskip("matplotlib")
    report = dirac(rv.make("objective", "hinge"), [(rv.make("penalty", "r1"), 1.0)], dimension=2)
    picture = drawn(report, tmp_path, "plane")[1].read_text()
    assert picture.count(">theta1<") == 2  # across the first panel and the third
    assert all(f">{name}<" in picture for name in ("theta2", "psi1", "psi2"))
    with pytest.raises(RunError, match="cannot write"):
        drawn(report, tmp_path / "plane.png" / "below", "plane")
