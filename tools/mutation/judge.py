"""Judging mutants: a warm process imports what every test needs once, and forks a child for each mutant.

The child's import system finds the mutated source under the component's own name and path, whoever imports it, and
then runs the component's mirror test as `pytest` would. Nothing is written into the working tree. Searching for a
smaller counterexample is all that is left out of the tests: it changes no verdict.
"""

import gc
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout, suppress
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from types import CodeType
from typing import Any

from attrs import define, frozen

LIBRARIES = [
    "torch", "torch.distributions", "numpy", "scipy.integrate", "scipy.linalg", "scipy.optimize", "scipy.special",
    "scipy.stats", "attrs", "einops.layers.torch", "pydantic", "PIL.Image", "PIL.ImageOps", "safetensors.torch",
    "hypothesis.strategies", "hypothesis.extra.numpy", "rivalry", "rivalry.testing", "rivalry.distributed",
]  # fmt: skip
OPTIONS = ["-x", "-q", "--tb=no", "--no-header", "-p", "no:cacheprovider", "--import-mode=importlib"]
PLUGINS = ["-p", "_hypothesis_pytestplugin"]
MEMORY = 4 << 30
"""Bytes that a mutant's test may take."""


@frozen
class Job:
    """One run of a test: of the component as it is (source None) or of a mutant, for at most `limit` seconds."""

    module: str
    path: Path
    test: Path
    source: str | None
    limit: float
    key: Any = None


class _Mutated(SourceFileLoader):
    """Loads a module from a text."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


@frozen
class _Finder:
    """Finds one module, before anybody else does."""

    job: Job

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec of the mutated module; None for others."""
        if name != self.job.module:
            return None
        file = str(self.job.path)
        text = self.job.path.read_text(encoding="utf-8") if self.job.source is None else self.job.source
        return spec_from_file_location(name, file, loader=_Mutated(name, file, text))


class _Quick:
    """A pytest plugin: hypothesis stops at the first counterexample."""

    def pytest_collection(self) -> None:
        """After conftest.py, before the test module."""
        from hypothesis import Phase, settings

        settings.register_profile("mutation", settings.default, phases=[Phase.explicit, Phase.generate])
        settings.load_profile("mutation")


def warm() -> None:
    """Import what tests need; one thread, no accelerator."""
    os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    sys.dont_write_bytecode = True
    for name in LIBRARIES:
        with suppress(ModuleNotFoundError):
            importlib.import_module(name)
    import pytest

    with tempfile.TemporaryDirectory() as empty, redirect_stdout(StringIO()):  # imports pytest's own plugins
        pytest.main([*OPTIONS, *PLUGINS, f"--rootdir={empty}", empty])
    gc.collect()
    gc.freeze()


def _child(job: Job, root: Path, folder: Path) -> int:
    """pytest's exit code for the job; runs in the forked child."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (int(job.limit) + 2, int(job.limit) + 4))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(root)
    if job.module in sys.modules:
        raise RuntimeError(f"{job.module} is imported before it is mutated")
    sys.meta_path.insert(0, _Finder(job))
    import pytest

    words = [*OPTIONS, *PLUGINS, f"--rootdir={root}", f"--basetemp={folder / 'tmp'}", str(job.test)]
    return int(pytest.main(words, plugins=[_Quick()]))


@define
class _Running:
    job: Job
    pid: int
    folder: Path
    start: float


def _start(job: Job, root: Path) -> _Running:
    folder = Path(tempfile.mkdtemp(prefix="rivalry_mutant_"))
    start = monotonic()
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            code = _child(job, root, folder)
        finally:
            sys.stdout.flush()
            os._exit(code)
    return _Running(job, pid, folder, start)


def _end(running: _Running) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(running.pid, 0)


def judged(jobs: Iterable[Job], root: Path, workers: int) -> Iterator[tuple[Job, str, float, str]]:
    """Each job with its verdict, its seconds and what its test printed, in the order in which they end.

    A verdict is "survived" (the test passes), "killed" (it fails, cannot be imported or dies) or "timeout". Jobs are
    taken from their source only when there is room, so that it can stop whenever it likes.
    """
    waiting, running = iter(jobs), []
    done = False
    try:
        while running or not done:
            while not done and len(running) < workers:
                job = next(waiting, None)
                done = job is None
                if job is not None:
                    running.append(_start(job, root))
            for one in list(running):
                pid, status = os.waitpid(one.pid, os.WNOHANG)
                seconds = monotonic() - one.start
                if pid == 0 and seconds < one.job.limit:
                    continue
                _end(one)
                running.remove(one)
                verdict = "timeout" if pid == 0 else "killed" if status else "survived"
                file = one.folder / "output"
                text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
                shutil.rmtree(one.folder, ignore_errors=True)
                yield one.job, verdict, seconds, text
            sleep(0.005)
    finally:
        for one in running:
            _end(one)
            shutil.rmtree(one.folder, ignore_errors=True)
