"""Everything comes through one door, and what is broken stays outside, with a word about it.

Mutations that turn this red: no check for unknown hooks; a prefix match without the dot; duplicates that
overwrite each other.
"""

import ast
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import rivalry
from rivalry import PluginError, hooks
from rivalry.interfaces import KINDS, Objective
from rivalry.plugins import Plugins, PluginWarning, configure, plugins
from strangers import distribution, objective, operation

CORE = Path(rivalry.__file__).parent
ALONE = ["rivalry_zoo", "rivalry_specs"]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a made-up distribution on the path; its modules are forgotten afterwards."""
    packages = []

    def installed(files, package="stranger"):
        packages.append(package)
        monkeypatch.syspath_prepend(distribution(tmp_path / package, files, package))

    yield installed
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


@pytest.fixture(autouse=True)
def fresh():
    """Every test leaves this process's plugins as they were."""
    yield
    configure()


def names(found, kind="objective"):
    return sorted(found.table()[kind])


# The door


def test_every_module_of_a_package_is_a_plugin_of_its_own_name(install):
    install({"one.py": objective("one"), "more/__init__.py": "", "more/two.py": objective("two")})
    found = Plugins(ALONE).load()
    assert found.names() == ["rivalry.plugin", "stranger", "stranger.more", "stranger.more.two", "stranger.one"]
    assert {name: where for name, (_, where) in found.table()["objective"].items()} == {
        "one": "stranger.one",
        "two": "stranger.more.two",
    }


def test_a_package_on_the_zoo_s_side_is_treated_as_the_zoo_is(install):
    install({"one.py": objective("one")})
    assert set(names(Plugins().load())) == {*names(Plugins(["stranger"]).load()), "one"}


@pytest.mark.parametrize(
    ("off", "left"),
    [
        (["stranger"], ["other"]),
        (["stranger.one"], ["other", "two"]),
        (["stranger.more"], ["one", "other"]),
        (["stranger.mo"], ["one", "other", "two"]),
        (["stranger.one", "stranger.more.two"], ["other"]),
    ],
)
def test_a_plugin_is_blocked_by_its_name_or_by_one_above_it(install, off, left):
    install({"one.py": objective("one"), "more/__init__.py": "", "more/two.py": objective("two")})
    install({"__init__.py": objective("other")}, "stranger_too")
    assert names(Plugins([*ALONE, *off]).load()) == left


def test_what_is_blocked_is_not_even_imported(install):
    install({"more/__init__.py": "raise SystemExit", "one.py": objective("one")})
    assert names(Plugins([*ALONE, "stranger.more"]).load()) == ["one"]


def test_an_opt_in_plugin_waits_to_be_asked_for(install):
    install({"shy.py": "OPT_IN = True\n" + objective("shy"), "one.py": objective("one")})
    assert names(Plugins(ALONE).load()) == ["one"]
    assert names(Plugins(ALONE, ["stranger.shy"]).load()) == ["one", "shy"]


def test_asking_for_an_unknown_plugin_names_the_nearest(install):
    install({"shy.py": "OPT_IN = True\n" + objective("shy"), "one.py": objective("one")})
    with pytest.raises(PluginError, match=r"no plugin is called 'stranger.won'; did you mean 'stranger.one'\?"):
        Plugins(ALONE, ["stranger.won"]).load()


def test_the_environment_blocks_enables_and_loads(install, monkeypatch, tmp_path):
    install({"shy.py": "OPT_IN = True\n" + objective("shy"), "one.py": objective("one")})
    (tmp_path / "nets.py").write_text(objective("mine"))
    monkeypatch.setenv("RIVALRY_DISABLE_PLUGINS", "rivalry_zoo, rivalry_specs,stranger.one")
    monkeypatch.setenv("RIVALRY_ENABLE_PLUGINS", "stranger.shy")
    monkeypatch.setenv("RIVALRY_PLUGINS", str(tmp_path / "nets.py"))
    assert names(Plugins().load()) == ["mine", "shy"]


# What is broken


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        ("def (", "SyntaxError"),
        ("class Odd(Exception): pass\nraise Odd('of its own kind')", "Odd: of its own kind"),
        ("from rivalry import Objectiv", "ImportError: cannot import name 'Objectiv'"),
        ("from rivalry import hookimpl\n@hookimpl\ndef rivalry_components():\n    return [Undefined]", "NameError"),
    ],
    ids=["import", "syntax", "own exception", "old interface", "hook"],
)
@pytest.mark.parametrize("place", ["__init__.py", "broken.py", "more/__init__.py"])
def test_a_plugin_that_breaks_is_left_out_with_a_warning_that_names_it(install, source, reason, place):
    install({place: source})
    install({"one.py": objective("one")}, "sound")
    name = {"__init__.py": "stranger", "broken.py": "stranger.broken", "more/__init__.py": "stranger.more"}[place]
    with pytest.warns(PluginWarning, match=f"plugin '{name}' is left out: {reason}"):
        assert names(Plugins(ALONE).load()) == ["one"]


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (
            "rivalry_step_finnished(run)",
            "no known hook 'rivalry_step_finnished'; did you mean 'rivalry_step_finished'?",
        ),
        ("rivalry_step_finished(run, stepp)", "'stepp'"),
    ],
    ids=["misspelt hook", "misspelt argument"],
)
def test_a_misspelt_hook_is_an_error_and_its_plugin_is_left_out(install, hook, reason):
    install({"one.py": objective("one"), "diary.py": f"import rivalry\n@rivalry.hookimpl\ndef {hook}: pass\n"})
    with pytest.warns(PluginWarning) as caught:
        found = Plugins(ALONE).load()
    (message,) = [str(warning.message) for warning in caught]
    assert message.startswith("plugin 'stranger.diary' is left out: ")
    assert reason in message
    assert names(found) == ["one"]
    assert "stranger.diary" not in found.names()


def test_two_of_one_name_are_an_error_that_names_both(install):
    install({"hinge.py": objective("hinge")})
    found = Plugins().load()
    with pytest.raises(PluginError) as error:
        found.table()
    for word in ("the objective 'hinge'", "'rivalry_zoo.objectives.hinge'", "'stranger.hinge'", "--disable-plugin"):
        assert word in str(error.value)
    assert Plugins(["stranger.hinge"]).load().find("objective", "hinge").__module__ == "rivalry_zoo.objectives.hinge"
    assert Plugins(["rivalry_zoo.objectives.hinge"]).load().find("objective", "hinge").__module__ == "stranger.hinge"


def test_one_name_may_serve_two_kinds(install):
    install({"objective.py": objective("twice"), "operation.py": operation("twice")})
    found = Plugins(ALONE).load()
    assert names(found) == names(found, "operation") == ["twice"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("int", "int derives from no kind of component"),
        ("'hinge'", "provides 'hinge', which is no class"),
        ("rivalry.Objective", "Objective needs a name"),
        ("type('Odd', (rivalry.Objective,), {'name': 'an objective'})", "Odd needs a name"),
    ],
)
def test_what_is_no_component_is_refused_in_words(install, answer, message):
    install({"odd.py": f"import rivalry\n@rivalry.hookimpl\ndef rivalry_components():\n    return [{answer}]\n"})
    with pytest.raises(PluginError, match=message):
        Plugins(ALONE).load().table()


def test_an_unknown_component_is_answered_with_the_nearest():
    with pytest.raises(LookupError, match=r"no objective is called 'hing'; did you mean 'hinge'\?"):
        plugins().find("objective", "hing")


# One file


def test_a_file_is_a_plugin_by_its_hook(tmp_path):
    file = tmp_path / "nets.py"
    file.write_text(objective("mine"))
    assert configure(ALONE, files=[file]).table()["objective"]["mine"][1] == "rivalry_file_nets"


def test_of_a_file_without_hook_every_component_that_it_defines_counts(tmp_path):
    file = tmp_path / "nets.py"
    source = objective("mine").partition("@hookimpl")[0] + "from rivalry_zoo.objectives.hinge import Hinge\n"
    file.write_text(source + source.replace("mine", "yours").replace("class Stranger", "class Other"))
    assert names(configure(ALONE, files=[file])) == ["mine", "yours"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "is not a readable Python file"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("import rivalry\n@rivalry.hookimpl\ndef rivalry_component(): pass", "did you mean 'rivalry_components'?"),
    ],
)
def test_a_file_that_was_asked_for_and_cannot_be_had_is_an_error(tmp_path, source, message):
    file = tmp_path / "nets.py"
    if source is not None:
        file.write_text(source)
    with pytest.raises(PluginError) as error:
        configure(files=[file])
    assert "nets" in str(error.value)
    assert message in str(error.value)


def test_a_file_with_another_suffix_is_no_plugin(tmp_path):
    (tmp_path / "nets.txt").write_text(objective("mine"))
    with pytest.raises(PluginError, match="is not a readable Python file"):
        configure(files=[tmp_path / "nets.txt"])


def test_two_files_of_one_name_are_an_error(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "nets.py").write_text(objective(folder))
    with pytest.raises(PluginError, match=r"two plugin files are called 'nets.py'"):
        configure(files=[tmp_path / "a" / "nets.py", tmp_path / "b" / "nets.py"])


# A notebook


def cell(word):
    class Mine(Objective):
        """A cell of a notebook."""

        name, paper = "mine", "none: mine"
        said = word
        discriminator = generator = None

    return Mine


def test_running_a_cell_again_replaces_its_class():
    first = rivalry.plugin(cell("first"))
    assert plugins().find("objective", "mine") is first
    rivalry.plugin(cell("second"))
    assert plugins().find("objective", "mine").said == "second"


def test_a_class_of_a_name_that_is_taken_is_refused_and_the_session_goes_on():
    taken = cell("taken")
    taken.name = "hinge"
    with pytest.raises(PluginError, match=r"two plugins provide the objective 'hinge'"):
        rivalry.plugin(taken)
    assert plugins().find("objective", "hinge") is not taken


@pytest.mark.parametrize("thing", [int, 3, "hinge"])
def test_only_components_can_be_registered(thing):
    with pytest.raises(PluginError, match=r"derives from no kind|is no class"):
        rivalry.plugin(thing)


# Specs


def spec_package(word):
    hook = "@rivalry.hookimpl\ndef rivalry_specs():\n    return [pathlib.Path(__file__).parent]\n"
    return {
        "__init__.py": "import pathlib, rivalry\n" + hook,
        f"{word}.yaml": "# One.\nextends: ring\n",
        "also.yaml": "# Another.\nextends: ring\n",
    }


def test_specs_are_registered_singly_and_blocked_singly(install):
    install(spec_package("mine"))
    assert sorted(Plugins(ALONE).load().specs()) == ["also", "mine"]
    assert sorted(Plugins([*ALONE, "stranger.mine"]).load().specs()) == ["also"]
    assert sorted(Plugins([*ALONE, "stranger"]).load().specs()) == []
    assert Plugins(ALONE).load().specs()["mine"][1] == "stranger"


def test_every_shipped_spec_can_be_blocked_by_its_name():
    shipped = set(Plugins().load().specs())
    assert "ring" in shipped
    assert shipped - set(Plugins(["rivalry_specs.ring"]).load().specs()) == {"ring"}


def test_two_specs_of_one_name_are_an_error_that_names_both(install):
    install(spec_package("ring"))
    with pytest.raises(PluginError, match=r"two plugins provide the spec 'ring': 'rivalry_specs' and 'stranger'"):
        Plugins().load().specs()


# The core alone


def test_without_any_plugin_the_registry_is_empty():
    found = Plugins(ALONE).load()
    assert found.names() == ["rivalry.plugin"]
    assert found.table() == {kind: {} for kind in KINDS}
    assert found.specs() == {}


def test_the_core_imports_and_lists_nothing_where_there_is_no_zoo():
    program = """if True:
        import pkgutil, sys
        from importlib import import_module
        sys.modules["rivalry_zoo"] = sys.modules["rivalry_specs"] = None
        import rivalry
        for module in pkgutil.walk_packages(rivalry.__path__, "rivalry."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
        for name in dir(rivalry):
            getattr(rivalry, name)
        from rivalry.cli import main
        raise SystemExit(main(["list"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "plugin 'rivalry_zoo' is left out" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("file", sorted(CORE.rglob("*.py")), ids=lambda file: str(file.relative_to(CORE)))
def test_the_core_never_imports_the_zoo(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or ""]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "import_module",
            "__import__",
        ):
            imported = [
                leaf.value for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
            ]
        else:
            continue
        assert not any(name.startswith(("rivalry_zoo", "rivalry_specs")) for name in imported), f"line {node.lineno}"


@pytest.mark.parametrize("hook", [name for name in dir(hooks) if name.startswith("rivalry_")])
def test_every_hook_says_when_it_is_called_and_is_called(hook):
    assert getattr(hooks, hook).__doc__
    assert sum(hook in file.read_text() for file in CORE.rglob("*.py")) > 1


def test_loading_is_silent():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Plugins().load().table()
    assert not caught
