"""What wrappers ask of the objective that they wrap."""

from rivalry.interfaces import Objective, SeparableObjective


def want_terms(objective: Objective, wrapper: str) -> None:
    """ValueError, in the wrapper's name, for an objective that is not made of terms of one score each."""
    if not isinstance(objective, SeparableObjective):
        raise ValueError(
            f"'{wrapper}' wraps objectives whose losses are means of one term for each score, got '{objective.name}'; "
            "try 'non_saturating', 'hinge' or 'lsgan'"
        )
