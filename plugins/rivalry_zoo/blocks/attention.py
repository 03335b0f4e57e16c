"""Self-attention: over the places of a sequence, and over those of a map."""

from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry_zoo.blocks.grouped import group_norm


class Attention(nn.Module):
    """softmax(q k' / sqrt(d)) v of each head, then linear: [N, L, width] stays; causal: none sees later places."""

    def __init__(self, width: int, heads: int, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.queries_keys_values, self.last = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = rearrange(self.queries_keys_values(x), "n l (three h d) -> three n h l d", three=3, h=self.heads)
        values = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        return self.last(rearrange(values, "n h l d -> n l (h d)"))


class PlaceAttention(nn.Module):
    """x + attention(group norm(x)) over the places of maps [N, C, h, w], one head; it starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm, self.attention = group_norm(channels), Attention(channels, 1)
        nn.init.zeros_(self.attention.last.weight)
        nn.init.zeros_(self.attention.last.bias)

    def forward(self, x: Tensor) -> Tensor:
        places = rearrange(self.norm(x), "n c h w -> n (h w) c")
        return x + rearrange(self.attention(places), "n (h w) c -> n c h w", h=x.shape[2])
