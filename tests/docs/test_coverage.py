"""Nothing that a user can name lacks documentation: hooks, kinds, components, markers, specs, commands, options."""

import argparse
import inspect
import re
import sys
from pathlib import Path

import pytest

from rivalry import cli, hooks, marks
from rivalry.interfaces import KINDS
from rivalry.plugins import Plugins
from rivalry.testing import CONTRACTS

DOCS = Path(__file__).resolve().parents[2] / "docs"
sys.path.insert(0, str(DOCS / "_ext"))

import rivalry_reference as reference  # noqa: E402 - the line above finds it

sys.path.remove(str(DOCS / "_ext"))


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def generated(name: str) -> str:
    return reference.filled(page(name))


COMPONENTS = [(kind, name, cls) for kind, row in reference.installed().items() for name, (cls, _) in row.items()]
HOOKS = [name for name in vars(hooks) if name.startswith("rivalry_")]
MARKERS = [
    name
    for name in marks.__all__
    if inspect.isclass(getattr(marks, name)) and getattr(marks, name).__module__ == marks.__name__
]


@pytest.fixture(scope="module")
def components() -> str:
    return generated("components")


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_has_an_entry_with_its_arguments(name):
    arguments = ", ".join(inspect.signature(getattr(hooks, name)).parameters)
    assert f"\n`{name}({arguments})`\n: " in page("hooks")
    assert inspect.getdoc(getattr(hooks, name))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_placed_in_specs_and_its_interface_shown(kind):
    assert re.search(rf"^\| [^|]*`{kind}`", page("kinds"), re.MULTILINE)
    assert f"(kind-{kind})=" in generated("kinds")
    assert f"(components-{kind})=" in generated("components") or not Plugins().load().table()[kind]
    assert kind in CONTRACTS


WORDS = {
    (base.__name__, name)
    for top in KINDS.values()
    for base in (top, *top.__subclasses__(), *top.__bases__)
    if base.__module__.startswith("rivalry.interfaces")
    for name, kind in inspect.get_annotations(base).items()
    if "ClassVar" in str(kind) and name not in ("kind", "name", "paper")
}


@pytest.mark.parametrize(("owner", "name"), sorted(WORDS))
def test_every_word_that_a_class_says_of_itself_is_explained(owner, name):
    assert re.search(rf"^\| `{name}`", page("kinds"), re.MULTILINE), owner


@pytest.mark.parametrize("base", ["Observing", "FittedLayer", "SamplePenalty"])
def test_further_bases_are_explained(base):
    assert re.search(rf"^### .*`{base}`", page("kinds"), re.MULTILINE)


@pytest.mark.parametrize("name", MARKERS)
def test_every_marker_is_explained(name):
    text = generated("kinds")
    word = {"Supplied": "Given", "Moves": "Number"}.get(name, name)  # written by the annotation that carries them
    assert re.search(rf"^\| `[^|]*\b{word}\b", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "name", "component"), COMPONENTS, ids=[f"{kind}-{name}" for kind, name, _ in COMPONENTS]
)
def test_every_component_says_what_it_computes_and_where_it_is_from(kind, name, component, components):
    first = (inspect.getdoc(component) or "").split("\n\n")[0]
    assert len(first) > 20
    assert component.__doc__ != component.__mro__[1].__doc__, "the docstring is its base's"
    assert component.paper
    assert (
        re.search(r"arXiv:\d{4}\.\d{4,5}", component.paper)
        or component.paper.startswith("none")
        or re.search(r"\b(19|20)\d\d\b", component.paper)
    )
    found = re.search(rf"^\(component-{kind}-{name}\)=\n.*?(?=^\(component|\Z)", components, re.MULTILINE | re.DOTALL)
    assert found
    assert reference.escaped(first.splitlines()[0]) in found[0]
    for row in reference.parameters_of(component).splitlines():
        assert row in found[0]


def test_every_spec_is_listed_with_what_it_is():
    listed = generated("specs")
    for name, (path, _) in Plugins().load().specs().items():
        assert re.search(rf"^\| `{name}` \| [^|]{{10,}} \|", listed, re.MULTILINE), path


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_and_option_is_explained(command):
    text = generated("cli")
    assert f"(command-{command})=" in text
    top = cli.parser()
    subs = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction)).choices
    section = text.partition(f"(command-{command})=")[2].partition("(command-")[0]
    for action in subs[command]._actions:
        if not isinstance(action, argparse._HelpAction):
            assert action.help, f"{action.dest} has no help"
            assert re.search(
                rf"^\| `{re.escape(', '.join(action.option_strings) or str(action.metavar or action.dest))}",
                section,
                re.MULTILINE,
            )


def test_options_of_the_program_are_explained():
    head = generated("cli").partition("(command-")[0]
    for word in ("--plugin", "--disable-plugin", "--enable-plugin", "--version"):
        assert f"| `{word}" in head


def test_every_setting_of_train_is_in_the_spec_page():
    from rivalry.spec.model import PlayerEntry, Spec, Train

    text = page("spec")
    for model in (Spec, Train, PlayerEntry):
        for name in model.model_fields:
            assert f"`{name}`" in text or f"{name}:" in text, f"{model.__name__}.{name}"


def test_reference_pages_keep_special_characters():
    assert reference.escaped("E_q[|x|] <y> `a_b` arXiv:1611.04076") == (
        r"E\_q\[\|x\|\] \<y\> `a_b` [arXiv:1611.04076](https://arxiv.org/abs/1611.04076)"
    )
    assert reference.prose("One.\n\n    a  <-  b\n\n- x\n  y\n- z") == "One.\n\n```text\na  <-  b\n```\n\n- x y\n- z"
