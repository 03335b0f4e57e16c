"""rivalry list. Mutation caught: the class's name in place of the component's."""

import pytest

from rivalry.interfaces import KINDS
from rivalry.plugins import plugins


def test_everything_is_listed_once_with_its_plugin(command):
    done = command("list")
    assert (done.code, done.err) == (0, "")
    listed, kind = {}, ""
    for line in done.out.splitlines():
        if line.startswith("  "):
            listed[kind, line.split()[0]] = line.split()[-1]
        elif line:
            kind = line
    wanted = {(kind, name): where for kind, row in plugins().table().items() for name, (_, where) in row.items()}
    wanted |= {("spec", name): where for name, (_, where) in plugins().specs().items()}
    assert listed == wanted


@pytest.mark.parametrize("kind", [*KINDS, "spec"])
def test_a_kind_is_listed_alone_by_its_singular_and_by_its_section(command, kind):
    plural = {"loss": "losses", "penalty": "penalties", "features": "features"}.get(kind, f"{kind}s")
    one, many = command("list", kind), command("list", plural)
    assert (one.code, one.err) == (0, "")
    assert one == many
    assert {line for line in one.out.splitlines() if line and not line.startswith(" ")} <= {kind}


@pytest.mark.parametrize(
    ("word", "fix"), [("nroms", "did you mean 'norm'?"), ("xyz", "known: augment, dataset, discriminator")]
)
def test_an_unknown_kind_is_answered_with_the_nearest(command, word, fix):
    done = command("list", word)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"rivalry: no kind is called '{word}'; {fix}")


def test_plugins_are_listed_by_the_names_that_disable_them(command):
    done = command("list", "--plugins")
    assert "rivalry_zoo.norms.batch" in done.out.splitlines()
    done = command("--disable-plugin", "rivalry_zoo.norms", "list", "--plugins")
    assert not [line for line in done.out.splitlines() if line.startswith("rivalry_zoo.norms")]


def test_lines_fit_on_a_screen(command):
    assert max(map(len, command("list").out.splitlines())) <= 150


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--plugin", "none.py"], "rivalry: plugin file 'none.py' is not a readable Python file\n"),
        (
            ["--enable-plugin", "rivalry_zoo.norm"],
            "rivalry: no plugin is called 'rivalry_zoo.norm'; did you mean 'rivalry_zoo.norms'?\n",
        ),
    ],
)
def test_a_plugin_that_is_not_there_is_named(command, option, message):
    done = command(*option, "list")
    assert (done.code, done.err) == (2, message)
