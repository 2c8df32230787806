"""What a rule's file name says: cheap to ask, because every start asks it."""

from __future__ import annotations


def code_and_name(module: str) -> tuple[str, str]:
    """The code and the name that a rule's module name carries.

    >>> code_and_name("losslint.rules.cross_entropy.ll101_softmax_into_cross_entropy")
    ('LL101', 'softmax-into-cross-entropy')
    """
    code, _, name = module.rpartition(".")[2].partition("_")
    return code.upper(), name.replace("_", "-")
