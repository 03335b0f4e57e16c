"""rivalry itself: help without waiting, exit codes without tracebacks. Mutation caught: torch imported at the top."""

import subprocess
import sys

import pytest

import rivalry
from rivalry.cli import COMMANDS, main

IMPORTED = """
import sys
from rivalry.cli import main
for words in {words!r}:
    try:
        main(words)
    except SystemExit as exit:
        assert exit.code in (0, None)
heavy = {{"torch", "numpy", "pydantic", "rivalry_zoo", "pluggy"}} & set(sys.modules)
print("heavy:", *heavy)
"""


def test_help_and_version_wait_for_nothing_heavy():
    words = [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.format(words=words)], capture_output=True, text=True, check=True
    )
    *_, last = done.stdout.splitlines()
    assert last == "heavy:"
    assert f"rivalry {rivalry.__version__}" in done.stdout
    assert all(name in done.stdout and text in done.stdout for name, text in COMMANDS.items())


@pytest.mark.parametrize(
    "words",
    [[], ["lst"], ["list", "--plugin"], ["list", "--plug"], ["--disable-plugin"], ["train", "--quick"]],
    ids=" ".join,
)
def test_what_is_no_command_is_answered_with_the_usage(command, words):
    done = command(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: rivalry")


def test_plugin_options_may_stand_before_and_after_the_command(command):
    off = ["--disable-plugin", "rivalry_zoo.norms"]
    assert command(*off, "list", "norm") == command("list", "norm", *off) == command("list", *off, "norm")
    assert command("--disable-plugin", "list", "list", "norm") == command("list", "norm")


def test_ctrl_c_before_anything_is_begun_is_130(command, monkeypatch):
    def interrupted(options):
        raise KeyboardInterrupt

    monkeypatch.setattr("rivalry.cli.list.run", interrupted)
    assert command("list").code == 130


def test_a_reader_that_leaves_early_is_no_error():
    program = f"{sys.executable} -m rivalry list | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")


def test_a_warning_is_one_line_and_the_program_s_own_way_of_showing_them_comes_back(command, monkeypatch):
    import warnings

    shown = warnings.showwarning

    def warned(options):
        warnings.simplefilter("always")
        warnings.warn("mind the gap", stacklevel=1)

    monkeypatch.setattr("rivalry.cli.list.run", warned)
    assert command("list").err == "rivalry: mind the gap\n"
    assert warnings.showwarning is shown


def test_commands_can_follow_each_other_in_one_process(command):
    assert [command("list", "norm").code for _ in range(2)] == [0, 0]
    assert main(["list", "norm"]) == 0
