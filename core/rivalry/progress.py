"""The progress bar of a training."""

from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from rivalry.run import Run


class Progress:
    """A progress bar on stderr: losses, steps per second, time left."""

    def __init__(self, run: Run, quiet: bool) -> None:
        hidden = quiet or not run.writes
        self.bar: Any = tqdm(
            total=run.total, initial=run.step, unit="step", disable=hidden, mininterval=0.5, desc=run.title
        )

    def __enter__(self) -> Callable[[int, dict[str, float]], None]:
        return self.show

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def show(self, step: int, losses: dict[str, float]) -> None:
        """Advance to a step."""
        self.bar.set_postfix({label: f"{value:.3f}" for label, value in losses.items()}, refresh=False)
        self.bar.update(step - self.bar.n)
