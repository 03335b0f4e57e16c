"""Make the environment that the Makefile's targets run in: all that a fresh machine lacks, nothing twice.

    python3 tools/environment.py DIR runtime|dev

`runtime` is what training needs. A torch that the calling Python can import is reused, and with it whatever else is
there and within the ranges of pyproject.toml; without one, versions are the lock's. `dev` is the whole lock, and it
borrows nothing. Where packages come from is pip's own business: its environment variables and pip.conf are left alone.

Plain old syntax and the standard library alone: this file also has to tell an old Python that it is too old.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = str(ROOT / "requirements-dev.txt")


def torch_here():
    """The folder that the calling Python's torch is imported from, or None."""
    try:
        import torch
    except (ImportError, OSError, RuntimeError, AttributeError):  # one that cannot be loaded is no torch to reuse
        return None
    return Path(torch.__file__).resolve().parents[1]


def create(folder, borrowed):
    """An empty environment, beside which the folder `borrowed` (or nothing) can be imported from."""
    options = ["--system-site-packages"] if borrowed else []
    if subprocess.run([sys.executable, "-m", "venv", *options, str(folder)], check=False).returncode:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit(f"rivalry: {sys.executable} cannot make a virtual environment (the reason stands above)")
    if borrowed:  # the calling Python may live in an environment of its own, which --system-site-packages does not show
        paths = {"base": str(folder), "platbase": str(folder)}
        Path(sysconfig.get_path("purelib", "venv", paths), "borrowed.pth").write_text(f"{borrowed}\n")


def borrows(folder):
    """Whether an environment sees more than its own packages."""
    lines = (folder / "pyvenv.cfg").read_text().splitlines()
    return any(line.replace(" ", "") == "include-system-site-packages=true" for line in lines)


def install(folder, *arguments):
    """`pip install` in the environment: wordless unless somebody is watching."""
    quiet = [] if sys.stdout.isatty() else ["--quiet", "--quiet"]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", *quiet]
    code = subprocess.run([*pip, *arguments], cwd=str(ROOT), check=False).returncode
    if code:
        sys.exit("rivalry: pip could not install what is needed (the reason stands above)")


def main():
    """Bring DIR to what is asked and leave the stamps that the Makefile compares."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one place that may meet an older one
        here = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"rivalry needs Python 3.11 or newer, and {sys.executable} is {here}; try: make PYTHON=python3.12 ...")
    folder, dev = Path(sys.argv[1]).absolute(), sys.argv[2] == "dev"
    made = (folder / "pyvenv.cfg").exists()
    if made and dev and borrows(folder):
        shutil.rmtree(folder)
        made = False
    if not made:
        borrowed = None if dev else torch_here()
        note = f"with the torch of {borrowed}" if borrowed else "torch is large: this can take minutes"
        print(f"rivalry: setting up {folder}, once ({note})", flush=True)
        create(folder, borrowed)
    if dev:
        install(folder, "-r", LOCK)
        install(folder, "--no-deps", "--no-build-isolation", "--editable", ".")
        (folder / ".dev").touch()
    elif borrows(folder):
        install(folder, "--editable", ".")
    else:
        install(folder, "--constraint", LOCK, "--editable", ".")
    (folder / ".runtime").touch()


if __name__ == "__main__":
    main()
