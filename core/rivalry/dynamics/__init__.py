"""How games move near their equilibrium: the Dirac game of any objective and penalty, and trained games."""

from rivalry.dynamics.field import RefusedError
from rivalry.dynamics.method import Method, turns
from rivalry.dynamics.report import Report, dirac

__all__ = ["Method", "RefusedError", "Report", "dirac", "turns"]
