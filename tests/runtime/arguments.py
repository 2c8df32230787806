"""What the documented examples of rules are given, where names and layers' sizes do not tell: by code, side and number.

Each value is an expression: what begins with `nn.` is made once for a run of several calls, the rest for each call.
"""

from __future__ import annotations

_RANKED = {"one": "torch.randn(32, 64)", "other": "torch.randn(32, 64)"}
_TD = {
    "net": "nn.Linear(4, 3)",
    "frozen": "nn.Linear(4, 3)",
    "optimizer": "Optimizer()",
    "state": "torch.randn(8, 4)",
    "next_state": "torch.randn(8, 4)",
    "action": "torch.randint(0, 3, (8, 1))",
    "reward": "torch.randn(8)",
}
_MIXED = {
    "hidden": "torch.randn(8, 64)",
    "target": "torch.randint(0, 10, (8,))",
    "permutation": "torch.randperm(8)",
    "share": "0.3",
}
_CTC = {
    "hidden": "torch.randn(12, 2, 64)",
    "targets": "torch.randint(1, 29, (2, 3))",
    "input_lengths": "torch.full((2,), 12)",
    "target_lengths": "torch.full((2,), 3)",
}
_PAIRS = dict.fromkeys(("images", "texts", "user", "item"), "torch.randn(8, 64)") | {"labels": "torch.arange(8)"}
_X64 = {"x": "torch.randn(8, 64)"}

GIVEN: dict[tuple[str, str, int], dict[str, str]] = {
    ("LL101", "good", 2): {"batch": "torch.randn(8, 64)", "target": "torch.randint(0, 10, (8,))"},
    ("LL103", "good", 2): {"binary": "False", "x": "torch.randn(8, 8)", "y": "torch.randint(0, 3, (8,))"},
    ("LL104", "good", 4): {**_X64, "target": "torch.randint(0, 10, (8,))"},
    ("LL104", "good", 5): {"images": "torch.randn(2, 192, 8, 8)", "target": "torch.randint(0, 10, (2,))"},
    ("LL105", "bad", 2): {"images": "torch.randn(8, 784)", "labels": "torch.randint(0, 10, (8,))"},
    ("LL109", "good", 2): _MIXED,
    ("LL111", "good", 1): {"hidden": "torch.randn(32, 64)"},
    ("LL112", "good", 1): _MIXED,
    ("LL112", "good", 3): {"weighted": "True"},
    ("LL116", "good", 3): {"target": "torch.tensor(3)"},
    ("LL119", "bad", 4): {**_RANKED, "better": "torch.randn(32, 1).sign()"},
    ("LL120", "good", 2): {"x": "torch.randn(16, 64)"},
    ("LL121", "good", 1): {"hidden": "torch.randn(3, 64)"},
    ("LL121", "good", 2): {
        "image": "torch.randn(8, 3, 64, 64)",
        "mask": "torch.randint(0, 21, (8, 64, 64))",
        "background": "torch.rand(8, 64, 64) > 0.9",
    },
    ("LL122", "good", 1): {"x": "torch.randn(32, 64)", "others": "None"},
    ("LL122", "good", 2): {"target": "torch.randint(0, 21, (4, 64, 64))"},
    ("LL207", "good", 2): {"target": "torch.rand(32).round()"},
    ("LL212", "good", 2): {"images": "torch.randn(32, 64)"},
    ("LL214", "bad", 3): _RANKED,
    ("LL214", "good", 3): _RANKED,
    ("LL302", "bad", 3): {"student": "torch.randn(8, 64)", "teacher": "torch.randn(8, 32)"},
    ("LL401", "good", 1): {
        "states": "torch.randn(8, 4)",
        "actions": "torch.randint(0, 2, (8, 1))",
        "returns": "torch.randn(8)",
    },
    ("LL401", "bad", 7): {"following": "torch.randn(32, 4)", "rewards": "range(32)"},
    ("LL401", "good", 4): {"state": "torch.randn(4)", "reward": "1.5"},
    ("LL402", "good", 2): {"code": "torch.randn(8, 64)", "image": "torch.rand(8, 784)"},
    ("LL402", "good", 3): {"x": "torch.randn(8, 64)", "augmented": "torch.randn(8, 64)"},
    ("LL405", "good", 1): {"hidden": "torch.randn(32, 64)"},
    ("LL405", "good", 2): {"hidden": "torch.randn(32, 64)"},
    ("LL501", "bad", 1): {**_RANKED, "relevance": "torch.randn(32, 1)", "other_relevance": "torch.randn(32, 1)"},
    ("LL501", "bad", 2): _RANKED | {"count": "32"},
    ("LL501", "good", 1): {**_RANKED, "relevance": "torch.randn(32, 1)", "other_relevance": "torch.randn(32, 1)"},
    ("LL501", "good", 2): {**_RANKED, "names": "torch.arange(32) % 4", "other_names": "torch.arange(32) % 5"},
    ("LL502", "good", 1): {**_CTC, "hidden": "torch.randn(2, 12, 64)"},
    ("LL502", "good", 2): {**_CTC, "scores": "torch.randn(12, 2, 29)"},
    ("LL503", "bad", 1): _CTC,
    ("LL503", "bad", 3): {"targets": "torch.randint(1, 29, (16, 9))", "target_lengths": "torch.full((16,), 9)"},
    ("LL503", "good", 1): _CTC,
    ("LL503", "good", 2): {"target_lengths": "torch.full((16,), 9)"},
    ("LL504", "bad", 1): {"features": "torch.randn(8, 64, requires_grad=True) * 1"},
    ("LL504", "bad", 2): {"encoder": "nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32))", **_X64},
    ("LL504", "good", 2): {
        "features": "torch.randn(8, 64, requires_grad=True) * 1",
        "positives": "(torch.arange(8) + 1) % 8",
    },
    ("LL505", "bad", 1): _PAIRS,
    ("LL505", "bad", 2): _PAIRS,
    ("LL505", "good", 3): _PAIRS,
    ("LL505", "good", 4): _PAIRS,
    ("LL505", "good", 5): _PAIRS,
    ("LL507", "bad", 1): {"hidden": "torch.randn(8, 64)", "tags": "torch.randint(-1, 2, (8, 4))"},
    ("LL507", "good", 1): {"hidden": "torch.randn(2, 64)", "lists": "torch.tensor([[1, 0, -1, 0], [2, -1, 0, 1]])"},
    ("LL701", "bad", 2): _X64,
    ("LL701", "good", 2): {
        "hidden": "torch.randn(8, 64)",
        "target": "torch.rand(8, 10).softmax(1)",
        "weights": "torch.rand(10)",
    },
    ("LL704", "bad", 3): {"model": "nn.Linear(64, 1)", **_X64, "y": "torch.randn(8, 1)"}
    | {"loader": "[(torch.randn(8, 64), torch.randn(8, 1))]"},
    ("LL704", "bad", 5): {"model": "nn.Linear(64, 10)", "weight": "torch.rand(10)", **_X64}
    | {"y": "torch.randint(0, 10, (8,))"},
    ("LL706", "bad", 3): {"name": "'l1'", "x": "torch.randn(8, 8)", "y": "torch.randn(8, 3)"},
    ("LL706", "good", 2): {**_TD, "state": "torch.randn(4)", "action": "1", "reward": "torch.tensor(0.5)"},
    ("LL710", "bad", 3): {
        "ignored": "255",
        "model": "nn.Conv2d(3, 21, 1)",
        "images": "torch.randn(2, 3, 8, 8)",
        "masks": "torch.randint(0, 21, (2, 8, 8))",
    },
    ("LL710", "good", 1): {
        "scores": "torch.randn(8, 10)",
        "target": "torch.randint(0, 10, (8,))",
        "boxes": "torch.randn(8, 4)",
        "true_boxes": "torch.randn(8, 4)",
    },
    ("LL710", "bad", 4): {"scores": "torch.randn(8)", "y": "torch.rand(8).round()"},
    ("LL710", "good", 3): {"scores": "torch.randn(8)", "y": "torch.rand(8).round()", "x": "torch.randn(8)"},
    ("LL711", "bad", 1): _TD,
    ("LL711", "bad", 2): _TD
    | {"batch": "(torch.randn(8, 4), torch.randint(0, 3, (8,)), torch.randn(8), torch.randn(8, 4), torch.zeros(8))"},
    ("LL711", "good", 1): _TD,
    ("LL711", "good", 2): _TD | {"weak": "torch.randn(8, 4)", "strong": "torch.randn(8, 4)"},
}
