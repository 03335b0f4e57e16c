"""From one number to another in a given time."""


def share(time: float, after: float, over: float) -> float:
    """How much of a ramp that starts at `after` and lasts `over` lies behind at `time`: in [0, 1]."""
    return min(max((time - after) / over, 0.0), 1.0)


def between(start: float, end: float, share: float) -> float:
    """start + (end - start) share, which rounding cannot carry past either end and which reaches `end` exactly."""
    value = end if share >= 1 else start + (end - start) * share
    return min(max(value, min(start, end)), max(start, end))
