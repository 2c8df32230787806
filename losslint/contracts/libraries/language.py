"""Models of Hugging Face transformers with a head: what their output holds.

Source: transformers 5.23, `modeling_outputs.py`. A call returns an object that is also a tuple: the loss first, if
labels were given, then the raw scores.
"""

from __future__ import annotations

#: The last part of a class's name, and the number of dimensions of its scores.
HEADS: dict[str, int] = {
    "ForSequenceClassification": 2,
    "ForImageClassification": 2,
    "ForAudioClassification": 2,
    "ForVideoClassification": 2,
    "ForMultipleChoice": 2,
    "ForTokenClassification": 3,
    "ForCausalLM": 3,
    "ForMaskedLM": 3,
    "ForSeq2SeqLM": 3,
    "ForConditionalGeneration": 3,
    "LMHeadModel": 3,
}

#: Functions of a model's class that make an object of it.
MAKERS = frozenset({"from_pretrained", "from_config", "_from_config"})


def answer_of(name: str) -> int | None:
    """How many dimensions the scores of a model have, None when it is no model with a known head."""
    if not name.startswith("transformers."):
        return None
    return next((rank for ending, rank in HEADS.items() if name.endswith(ending)), None)


#: The attributes that hold the last affine layer of a model, by the last part of the names of its class and of those in
#: which it is one; `*` stands for all. What else a model calls so is a head of several layers, and changes shapes.
PARTS: dict[str, dict[str, frozenset[str]]] = {
    "ForTokenClassification": {"classifier": frozenset({"*"})},
    "ForSequenceClassification": {
        "classifier": frozenset({"Bert", "Albert", "DistilBert", "MobileBert", "SqueezeBert", "Deberta", "DebertaV2"}),
        "score": frozenset({"GPT2", "Llama", "Mistral", "OPT", "GPTNeo", "GPTJ", "Bloom", "Qwen2", "Gemma", "Phi"}),
        "logits_proj": frozenset({"XLNet"}),
    },
    "ForImageClassification": {"classifier": frozenset({"ViT", "Swin", "DeiT"})},
    "ForCausalLM": {"lm_head": frozenset({"*"})},
    "LMHeadModel": {"lm_head": frozenset({"GPT2"})},
    "ForConditionalGeneration": {"lm_head": frozenset({"T5", "MT5", "Bart", "MBart", "Pegasus"})},
}


def is_last_layer(name: str, attribute: str) -> bool:
    """Whether an attribute of a model, or of a class derived from it, is the affine layer that gives the scores."""
    if not name.startswith("transformers."):
        return False
    last = name.rpartition(".")[2]
    ending = next((ending for ending in PARTS if last.endswith(ending)), None)
    families = PARTS[ending].get(attribute, frozenset()) if ending is not None else frozenset()
    return ending is not None and ("*" in families or last.removesuffix(ending) in families)


#: Heads that stand by themselves, by the last part of their class's name: they return the scores as they are.
LAYERS: dict[str, int] = {"ClassificationHead": 2, "OnlyMLMHead": 3, "LMPredictionHead": 3, "LMHead": 3}


def layer_of(name: str) -> int | None:
    """How many dimensions the scores of a head by itself have, None when it is none that is known."""
    if not name.startswith("transformers.models."):
        return None
    return next((rank for ending, rank in LAYERS.items() if name.endswith(ending)), None)
