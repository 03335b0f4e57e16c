"""Who may move, and when the numbers do.

Mutations that were tried and fail here: MUTATIONS
"""

import torch

from small import begin, copied, small_engine, tiny
