"""Overlays: mappings merge by name, another component starts afresh, null removes, the rest replaces."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivalry.errors import Place, SpecError
from rivalry.spec.load import tree_of
from rivalry.spec.merge import overlay, with_settings
from rivalry.spec.model import Spec
from rivalry.spec.tree import Tree, parse


def laid(base: str, over: str) -> Tree:
    return overlay(parse(base, "base"), parse(over, "over"))


@pytest.mark.parametrize(
    ("base", "over", "value"),
    [
        ("{a: {x: 1, y: 2}}", "{a: {y: 3, z: 4}}", {"a": {"x": 1, "y": 3, "z": 4}}),
        ("{a: [1, 2, 3]}", "{a: [4]}", {"a": [4]}),
        ("{a: {x: 1, y: 2}}", "{a: {x: null}}", {"a": {"y": 2}}),
        ("{a: 1, b: 2}", "{a: null}", {"b": 2}),
        ("{b: 2}", "{a: null}", {"b": 2}),
        ("{a: {x: {y: 1}}}", "{a: {x: 5}}", {"a": {"x": 5}}),
        # another component starts afresh, the same one does not
        ("{g: {use: mlp, width: 3}}", "{g: {use: dcgan, norm: batch}}", {"g": {"use": "dcgan", "norm": "batch"}}),
        ("{g: {use: mlp, width: 3}}", "{g: {use: mlp, layers: 1}}", {"g": {"use": "mlp", "width": 3, "layers": 1}}),
        ("{g: {use: mlp, width: 3}}", "{g: {layers: 1}}", {"g": {"use": "mlp", "width": 3, "layers": 1}}),
        ("{g: {use: mlp, width: 3}}", "{g: dcgan}", {"g": "dcgan"}),
        ("{g: mlp}", "{g: {width: 3}}", {"g": {"use": "mlp", "width": 3}}),
        ("{g: mlp}", "{g: {use: dcgan, width: 3}}", {"g": {"use": "dcgan", "width": 3}}),
        # begins or ceases to name one
        ("{data: {a: {use: ring}, b: {use: grid}}}", "{data: {use: ring}}", {"data": {"use": "ring"}}),
        (
            "{data: {use: ring, modes: 3}}",
            "{data: {a: {use: ring}, b: grid}}",
            {"data": {"a": {"use": "ring"}, "b": "grid"}},
        ),
        ("{g: {use: mlp, width: 3}}", "{g: {use: null, live: 1}}", {"g": {"live": 1}}),
        # nulls remove what is not there either, so that none is left over
        ("{g: {use: mlp, width: 3}}", "{g: {use: dcgan, norm: null}}", {"g": {"use": "dcgan"}}),
        ("{}", "{g: {use: dcgan, norm: null}}", {"g": {"use": "dcgan"}}),
        # a loss of another form starts afresh; the objective of a game changes in place
        (
            "{losses: {l: {use: l1, of: [a, b], weight: 2}}}",
            "{losses: {l: {penalty: r1, of: game}}}",
            {"losses": {"l": {"penalty": "r1", "of": "game"}}},
        ),
        (
            "{losses: {g: {objective: hinge, judge: D}}}",
            "{losses: {g: {objective: {use: lsgan, real: 0.9}}}}",
            {"losses": {"g": {"objective": {"use": "lsgan", "real": 0.9}, "judge": "D"}}},
        ),
    ],
)
def test_the_rules_of_overlays(base: str, over: str, value: Any) -> None:
    assert laid(base, over).value == value


def test_origins_follow_the_values() -> None:
    tree = laid("a: {x: 1, y: 2}\ng: {use: mlp, width: 3}", "a: {y: 3}\ng: {use: dcgan, norm: batch}")
    assert tree.place(("a", "x")) == Place("base", 1, 8)
    assert tree.place(("a", "y")) == Place("over", 1, 8)
    assert tree.place(("g", "norm"), at_key=True) == Place("over", 2, 17)
    assert ("g", "width") not in tree.values


MAPPINGS = st.recursive(
    st.integers(0, 9) | st.lists(st.integers(0, 9), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=8,
)
TREES = st.dictionaries(st.sampled_from("abc"), MAPPINGS, max_size=3).map(Tree)


@given(TREES, TREES)
def test_overlays_are_idempotent_and_leave_their_arguments_alone(first: Tree, second: Tree) -> None:
    before = repr((first, second))
    once = overlay(first, second)
    assert overlay(once, second).value == once.value
    assert (
        overlay(first, first).value == overlay(first, Tree({})).value == overlay(Tree({}), first).value == first.value
    )
    assert repr((first, second)) == before


def test_a_setting_is_an_overlay_of_one_value() -> None:
    tree = with_settings(
        parse("train: {steps: 5, batch: 8}", "f"), ["train.steps=7", "players.generator.optimizer={use: sgd, lr: 1e-2}"]
    )
    assert tree.value == {
        "train": {"steps": 7, "batch": 8},
        "players": {"generator": {"optimizer": {"use": "sgd", "lr": 0.01}}},
    }
    assert tree.place(("train", "steps")) == Place("--set train.steps=7")
    assert tree.place(("train", "batch")) == Place("f", 1, 26)
    assert with_settings(tree, ["train.steps=null"]).value["train"] == {"batch": 8}


@pytest.mark.parametrize(
    ("setting", "path", "message", "fix"),
    [
        ("train.steps", "", "wanted path=value, got 'train.steps'", "e.g. --set train.steps=500"),
        ("=5", "", "wanted path=value, got '=5'", "e.g. --set train.steps=500"),
        ("trian.steps=5", "trian.steps", "is not known here", "did you mean 'train'?"),
        ("trian=5", "trian", "is not known here", "did you mean 'train'?"),
        ("train.stpes=5", "train.stpes", "is not known here", "did you mean 'steps'?"),
        ("train.steps=many", "train.steps", "wanted whole number > 0, got 'many'", ""),
        ("train.steps=1e3", "train.steps", "wanted whole number > 0, got 1000.0", ""),
        ("train.order[0]=generator", "train.order[0]", "is not known here", "did you mean 'order'?"),
        ("generators.G.use=mpl", "generators.G.use", "no generator is called 'mpl'", "did you mean 'mlp'?"),
        ("generators.G.widht=8", "generators.G.widht", "is not known here", "did you mean 'width'?"),
        ("losses.game.judge=DD", "losses.game.judge", "no network is called 'DD'", "did you mean 'D'?"),
        ("losses.game.judge=D(_", "losses.game.judge", "'(' was never closed", ""),
        ("flow.fake={a: 1", "flow.fake", "not valid YAML", "close the { of line 1"),
        (
            "data=!!python/object/apply:os.system [ls]",
            "data",
            "the tag !!python/object/apply:os.system",
            "specs cannot run code",
        ),
        ("train={steps: 1, steps: 2}", "train.steps", "stands twice", ""),
    ],
)
def test_a_faulty_setting_names_itself_the_path_and_the_fix(setting: str, path: str, message: str, fix: str) -> None:
    from rivalry.errors import dotted

    with pytest.raises(SpecError) as error:
        Spec.load("dcgan", [setting])
    (fault,) = error.value.faults
    assert str(fault.place) == f"--set {setting}"
    assert (dotted(fault.path), message in fault.message, fix in fault.fix) == (path, True, True), str(fault)


def test_extends_lays_a_list_of_specs_over_one_another(tmp_path: Any) -> None:
    (tmp_path / "wide.yaml").write_text("generators: {G: {width: 48}}\ntrain: {batch: 16}\n")
    (tmp_path / "mine.yaml").write_text("extends: [dcgan, wide.yaml]\ntrain: {batch: 8}\n")
    spec = Spec.load(tmp_path / "mine.yaml")
    assert (spec.generators["G"].arguments["width"], spec.train.batch, spec.train.steps) == (48, 8, 2000)
    assert [
        spec.origin(path) for path in (("generators", "G", "width"), ("train", "batch"), ("latents", "z", "size"))
    ] == [
        "wide.yaml:1",
        "mine.yaml:2",
        "dcgan.yaml:5",
    ]


def test_extends_in_a_circle_is_named(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("about: b\nextends: a.yaml\n")
    with pytest.raises(SpecError, match=r"b.yaml:2:10: extends: a spec extends itself: a.yaml -> b.yaml -> a.yaml"):
        tree_of(tmp_path / "a.yaml", [])
