"""What wrappers accept.

Mutations that turn this red: the question turned round.
"""

import pytest

from rivalry_zoo.blocks.separable import want_terms
from rivalry_zoo.objectives.hinge import Hinge
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.relativistic import Relativistic


def test_objectives_of_one_score_each_are_accepted_and_others_are_refused_in_words():
    for objective in (Hinge(), NonSaturating()):
        want_terms(objective, "w")
    with pytest.raises(ValueError, match=r"'w' wraps objectives whose losses .* got 'relativistic'; try"):
        want_terms(Relativistic(), "w")
