"""torch_geometric and dgl: convolutions over graphs, which end in an affine layer.

Source: torch_geometric 2.6, `nn/conv`, `nn/models/basic_gnn.py`, `nn/pool/glob.py`; dgl 2.4, `nn/pytorch/conv`. Called
with the features of the nodes they return raw scores, `[nodes, out_channels]`, unless they are given an activation.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Convolution:
    """What a convolution over graphs is made with.

    `width` is the place and the name of the output's columns (place -1: by name only, and to be given at all).
    `activation` are those of what is applied at the end, "" if there is none. `others` name settings that change what
    the numbers mean. `heads` are the place and the name of a count by which the columns are multiplied, `concat` those
    of the setting that does so; `ranked` says that the heads are a dimension of their own.
    """

    width: tuple[int, str]
    activation: tuple[int, str] = (-1, "")
    others: tuple[str, ...] = ()
    heads: tuple[int, str] = (-1, "")
    concat: tuple[int, str] = (-1, "")
    ranked: bool = False


_PLAIN = Convolution((1, "out_channels"))
_NORMALISING = Convolution((1, "out_channels"), others=("normalize",))
_ATTENDING = Convolution((1, "out_channels"), heads=(2, "heads"), concat=(3, "concat"))
#: A whole network: without `out_channels` it ends in hidden features.
_NETWORK = Convolution((3, "out_channels"), others=("jk",))

_GEOMETRIC: dict[str, Convolution] = {
    **dict.fromkeys(
        (
            "GCNConv", "GraphConv", "ChebConv", "TAGConv", "SGConv", "SSGConv", "LEConv", "ClusterGCNConv", "GENConv",
            "ResGatedGraphConv", "MFConv", "FeaStConv", "RGCNConv", "FastRGCNConv", "SplineConv", "NNConv", "PNAConv",
            "EGConv",
        ),
        _PLAIN,
    ),
    "SAGEConv": _NORMALISING,
    "GATConv": _ATTENDING,
    "GATv2Conv": _ATTENDING,
    "TransformerConv": _ATTENDING,
    "GCN": _NETWORK,
    "GraphSAGE": _NETWORK,
    "GIN": _NETWORK,
    "GAT": _NETWORK,
    "PNA": _NETWORK,
}  # fmt: skip

_DGL: dict[str, Convolution] = {
    "GraphConv": Convolution((1, "out_feats"), (5, "activation")),
    "SAGEConv": Convolution((1, "out_feats"), (6, "activation"), others=("norm",)),
    "GATConv": Convolution((1, "out_feats"), (7, "activation"), ranked=True),
    "GATv2Conv": Convolution((1, "out_feats"), (7, "activation"), ranked=True),
    "RelGraphConv": Convolution((1, "out_feat"), (6, "activation"), others=("layer_norm",)),
    "TAGConv": Convolution((1, "out_feats"), (4, "activation")),
    "SGConv": Convolution((1, "out_feats"), others=("norm",)),
}

#: Where each library keeps them.
_HOMES: tuple[tuple[str, dict[str, Convolution]], ...] = (
    ("torch_geometric.nn.", _GEOMETRIC),
    ("torch_geometric.nn.conv.", _GEOMETRIC),
    ("torch_geometric.nn.models.", _GEOMETRIC),
    ("dgl.nn.", _DGL),
    ("dgl.nn.pytorch.", _DGL),
    ("dgl.nn.pytorch.conv.", _DGL),
)

#: Readouts of a graph, and the reduction over its nodes that each is.
READOUTS: dict[str, str] = {
    f"torch_geometric.nn.{home}global_{how}_pool": reduction
    for home in ("", "glob.", "pool.", "pool.glob.")
    for how, reduction in (("mean", "mean"), ("add", "sum"), ("max", "amax"))
}


def convolution_of(name: str) -> Convolution | None:
    """The convolution that a qualified name means, None when it is none that is known."""
    home, _, last = name.rpartition(".")
    return next((table.get(last) for known, table in _HOMES if home + "." == known), None)
