"""What a function always reads: not what texts say, and not what an option leads to."""

from __future__ import annotations

import pytest

from losslint.static.files.attribute_reads import always_read


@pytest.mark.parametrize(
    "text",
    [
        "x = model.encoder(x)",
        "if a:\n    x = model.encoder(x)\nelse:\n    x = model.encoder(y)",
        "if a:\n    x = model.encoder(x)\nelse:\n    raise ValueError",
        "if a:\n    loss = F.cross_entropy(model.encoder(x), y)",
        "if a:\n    x = model.encoder(x)\n    if b:\n        loss.backward()",
        "try:\n    x = model.encoder(x)\nexcept KeyboardInterrupt:\n    pass",
        "for x in loader:\n    with autocast():\n        x = model.encoder(x)",
        "def step(model, x):\n    return model.encoder(x)",
    ],
)
def test_it_is_read_in_every_run_that_gets_to_a_loss(text: str) -> None:
    assert ("model", "encoder") in always_read(text)


@pytest.mark.parametrize(
    "text",
    [
        "torch.save(x, 'model.encoder')",
        '"""Writes model.encoder."""',
        "print(f'model.encoder {x}')",
        "model.encoder = x",
        "other.model.encoder(x)",
        "if a:\n    print(model.encoder)",
        "if a:\n    pass\nelif b:\n    print(model.encoder)",
        "x = model.encoder if a else y",
        "x = a and model.encoder",
        "try:\n    x = model.encoder\nexcept AttributeError:\n    x = y",
        "try:\n    x = model.encoder\nexcept (KeyError, AttributeError):\n    x = y",
        "match a:\n    case 1:\n        x = model.encoder",
        "if a:",
    ],
)
def test_some_run_gets_to_a_loss_without_it(text: str) -> None:
    assert ("model", "encoder") not in always_read(text)
