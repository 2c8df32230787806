"""torch_geometric: convolutions over graphs, which end in an affine layer.

Source: torch_geometric 2.6, `nn/conv`. Called with `(x, edge_index, …)` they return raw scores,
`[nodes, out_channels]`.
"""

from __future__ import annotations

#: The convolutions that take (in_channels, out_channels) and return that many columns whatever else is set.
CONVOLUTIONS = frozenset(
    f"torch_geometric.nn.{name}"
    for name in (
        "GCNConv", "SAGEConv", "GraphConv", "ChebConv", "TAGConv", "SGConv", "LEConv", "ClusterGCNConv", "GENConv",
        "ResGatedGraphConv", "MFConv", "FeaStConv",
    )
)  # fmt: skip
