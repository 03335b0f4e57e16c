"""A listener: one line in `example.txt` for everything that happens in a run."""

from rivalry import hookimpl


def note(run, text):
    if run.writes:  # of several processes, one
        with (run.folder / "example.txt").open("a", encoding="utf-8") as file:
            file.write(text + "\n")


@hookimpl
def rivalry_run_started(run):
    note(run, f"started at step {run.step}")


@hookimpl
def rivalry_step_finished(run, step, losses):
    if losses:
        note(run, f"step {step}: {', '.join(losses)}")


@hookimpl
def rivalry_evaluated(run, step, scores):
    note(run, f"evaluated at step {step}: {', '.join(scores)}")


@hookimpl
def rivalry_checkpoint_saved(run, path):
    note(run, f"saved {path.name}")


@hookimpl
def rivalry_run_finished(run):
    note(run, f"finished: {run.status}")
