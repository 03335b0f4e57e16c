"""Every snippet of the documentation does what it says: Python runs, commands exit as stated, specs check.

The blocks of a page run in order, in one fresh folder; its Python blocks share a namespace. Output that is shown below
a command must be what the command prints; a line `...` stands for any number of lines. Training is cut to a few steps.
"""

import importlib.util
import re
import shlex
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import rivalry
from rivalry import cli
from rivalry import plugins as plugin_module
from rivalry.checking import check
from rivalry.errors import SpecError
from rivalry.plugins import configure

STEPS = 3


def _neighbour(name: str) -> Any:
    found = importlib.util.spec_from_file_location(f"docs_{name}", Path(__file__).with_name(f"{name}.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


pages = _neighbour("pages")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder, plugins of one's own, and nothing left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("RIVALRY_PLUGINS", "")
    monkeypatch.setattr(plugin_module, "_current", None)
    threads, show, path, modules = torch.get_num_threads(), warnings.showwarning, list(sys.path), set(sys.modules)
    yield tmp_path
    torch.set_num_threads(threads)
    warnings.showwarning = show
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("rivalry_file_") or not name.startswith(("rivalry", "torch", "numpy", "PIL")):
            origin = getattr(sys.modules[name], "__file__", None) or ""
            if origin.startswith(str(tmp_path)):
                del sys.modules[name]


def shortened(words: list[str]) -> list[str]:
    """A training command with a few steps in place of many, unless it goes on with a run."""
    if "train" not in words:
        return words
    kept = [
        w
        for i, w in enumerate(words)
        if not (w.startswith("train.steps=") or (w == "--set" and words[i + 1].startswith("train.steps=")))
    ]
    longer = "--resume" in words or "--fork" in words
    return [*kept, "--set", f"train.steps={2 * STEPS if longer else STEPS}", "--quiet"]


def short_train(source: Any = None, *, steps: int | None = None, settings: list[str] | None = None, **more: Any) -> Any:
    """`rivalry.train` with a few steps in place of many."""
    from rivalry.training import train

    kept = [setting for setting in settings or [] if not setting.startswith("train.steps=")]
    wanted = 2 * STEPS if more.get("resume") or more.get("fork") else STEPS
    return train(source, steps=wanted, settings=kept, **{**more, "quiet": True})


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines of output that stand below it."""
    found: list[tuple[str, list[str]]] = []
    for line in text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def matches(shown: list[str], printed: str) -> bool:
    """Whether the shown lines are the printed ones, a line `...` standing for any number."""
    lines = [re.escape(" ".join(line.split())) if line.strip() != "..." else None for line in shown if line.strip()]
    pattern = "".join(r"(?:[^\n]*\n)*?" if line is None else line + r"\n" for line in lines)
    actual = "".join(" ".join(line.split()) + "\n" for line in printed.splitlines() if line.strip())
    return re.fullmatch(pattern, actual) is not None


def run_command(line: str, shown: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Run one command; where it stands (the working folder) is left out of what it prints."""
    words = shlex.split(line, comments=True)
    if words[0] != "rivalry":
        return
    capsys.readouterr()
    mine = plugin_module._current  # a command is a process of its own
    with warnings.catch_warnings():
        got = cli.main(shortened(words[1:]))
    plugin_module._current = mine
    printed = capsys.readouterr()
    assert got == code, f"$ {line}\nexit code {got}\n{printed.out}{printed.err}"
    if shown:
        text = (printed.out + printed.err).replace(f"{Path.cwd()}/", "")
        assert matches(shown, text), f"$ {line}\nprints\n{text}"


def check_spec(block: Any, folder: Path) -> None:
    name = block.wishes.get("file", "spec.yaml")
    (folder / name).write_text(block.text, encoding="utf-8")
    if not re.search(r"^(losses|extends):", block.text, re.MULTILINE):
        return
    needed, mine = block.wishes.get("with", ""), plugin_module._current
    if needed.endswith(".py"):
        configure(files=[Path(needed)])
    if "expected to fail" in block.wishes:
        with pytest.raises(SpecError):
            check(name)
    else:
        check(name)
    plugin_module._current = mine


def run_python(block: Any, page: Path, space: dict[str, Any]) -> None:
    file = str(page)
    code = compile("\n" * (block.line - 1) + block.text, file, "exec")
    exec(code, space)


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name_of)
def test_snippets_do_what_they_say(page, elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(rivalry, "train", short_train, raising=False)
    space: dict[str, Any] = {"__name__": "__main__"}
    for block in pages.blocks(page):
        if "skip" in block.wishes:
            continue
        code = int(block.wishes.get("exit", 0))
        try:
            if block.language == "python" and "file" in block.wishes:
                target = Path(block.wishes["file"])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text, encoding="utf-8")
            elif block.language == "python":
                run_python(block, page, space)
            elif block.language == "yaml":
                check_spec(block, elsewhere)
            elif block.language == "console":
                for line, shown in commands(block.text):
                    run_command(line, shown, code, capsys)
        except (Exception, SystemExit) as error:
            error.add_note(f"{pages.name_of(page)}:{block.line}")
            raise


@pytest.mark.parametrize("page", pages.PAGES, ids=pages.name_of)
def test_links_to_files_lead_somewhere(page):
    text = pages.FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in pages.LINK.findall(text):
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            assert (page.parent / target.partition("#")[0]).exists(), f"{pages.name_of(page)}: {target}"


def test_skips_are_rare_and_give_reasons():
    skipped = [block.wishes["skip"] for page in pages.PAGES for block in pages.blocks(page) if "skip" in block.wishes]
    assert all(skipped)
    assert len(skipped) <= 3


def test_shown_output_is_compared_line_by_line():
    assert matches(["a", "...", "c"], "a\nb\nb\nc\n")
    assert matches(["a  b"], "a b\n")
    assert not matches(["a"], "a\nb\n")
    assert not matches(["a", "...", "d"], "a\nb\nc\n")
    assert commands("$ rivalry list\nx\n$ rivalry check a\n") == [("rivalry list", ["x"]), ("rivalry check a", [])]
