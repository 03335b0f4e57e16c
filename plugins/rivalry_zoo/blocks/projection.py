"""The projection of features on what is known of a condition."""

from torch import Tensor, nn

from rivalry.fields import Inputs
from rivalry_zoo.blocks.inputs import as_vector, vector_width


class Projection(nn.Module):
    """<V y, phi> for features phi [N, C] and a condition y, a one-hot label or a vector: a score's part [N].

    Miyato & Koyama 2018, arXiv:1802.05637. ValueError for conditions that are maps.
    """

    def __init__(self, conditions: Inputs, channels: int, owner: str) -> None:
        super().__init__()
        for field in conditions:
            if len(field.shape) > 1:
                raise ValueError(f"{owner} projects on labels and vectors, got {field}; flatten it in the flow")
        self.conditions = conditions
        self.embed = nn.Linear(vector_width(conditions, owner), channels, bias=False)

    def forward(self, features: Tensor, conditions: tuple[Tensor, ...]) -> Tensor:
        return (self.embed(as_vector(self.conditions, conditions, self)) * features).sum(1)
