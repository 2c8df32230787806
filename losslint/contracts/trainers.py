"""What is handed a model and a loss and brings them together itself: trainers of skorch, ignite, fastai, poutyne …

Sources: skorch 1.2 (`classifier.py`, `regressor.py`, `net.py`), pytorch-ignite 0.5 (`engine/__init__.py`), fastai 2.8
(`learner.py`), poutyne 1.17 (`framework/model.py`), torchbearer 0.5 (`trial.py`), segmentation_models_pytorch 0.3
(`utils/train.py`), monai 1.5 (`engines/trainer.py`). All of them call `loss(model(batch), target)`.
"""

from __future__ import annotations

from typing import NamedTuple


class Trainer(NamedTuple):
    """Where a trainer is given the model and the loss, by position (-1: by keyword only) and by name.

    `usual` is the loss that it takes where none is given, by its qualified name. `logarithm` says that it takes the
    logarithm for an `NLLLoss` itself. `model_prefix` and `loss_prefix` begin the keywords that are handed on to a model
    or a loss that is given as a class. Where one of `between` is given, by position or by name, something else than
    what the model returns may reach the loss. `steps` are the methods by which a class of one's own may have it do so;
    where none are named, classes that derive from the trainer are not followed.
    """

    package: str
    model: tuple[int, str]
    loss: tuple[int, str]
    usual: str = ""
    logarithm: bool = False
    model_prefix: str = ""
    loss_prefix: str = ""
    between: tuple[tuple[int, str], ...] = ()
    steps: frozenset[str] = frozenset()


#: The package whose trainers people derive their own from.
DERIVED_FROM = "skorch"

#: What stands between module and criterion there, and what makes them.
_STEPS = frozenset(
    {
        "get_loss", "infer", "train_step", "train_step_single", "run_single_epoch", "fit_loop", "initialize",
        "initialize_module", "initialize_criterion", "initialized_instance", "get_params_for", "set_params",
    }
)  # fmt: skip


def _skorch(usual: str, logarithm: bool = False) -> Trainer:
    return Trainer(
        DERIVED_FROM, (0, "module"), (1, "criterion"), usual, logarithm, "module__", "criterion__", steps=_STEPS
    )


#: By the last part of their names.
TRAINERS: dict[str, Trainer] = {
    "NeuralNet": _skorch(""),
    "NeuralNetClassifier": _skorch("torch.nn.NLLLoss", logarithm=True),
    "NeuralNetBinaryClassifier": _skorch("torch.nn.BCEWithLogitsLoss"),
    "NeuralNetRegressor": _skorch("torch.nn.MSELoss"),
    "create_supervised_trainer": Trainer(
        "ignite", (0, "model"), (2, "loss_fn"), between=((11, "model_transform"), (12, "model_fn"))
    ),
    "Learner": Trainer("fastai", (1, "model"), (2, "loss_func")),
    "Model": Trainer("poutyne", (0, "network"), (2, "loss_function")),
    "Trial": Trainer("torchbearer", (0, "model"), (2, "criterion")),
    "TrainEpoch": Trainer("segmentation_models_pytorch", (0, "model"), (1, "loss")),
    "ValidEpoch": Trainer("segmentation_models_pytorch", (0, "model"), (1, "loss")),
    "SupervisedTrainer": Trainer("monai", (-1, "network"), (-1, "loss_function"), between=((-1, "iteration_update"),)),
}


def trainer_of(name: str) -> Trainer | None:
    """The trainer of a qualified name, None when it is none of these."""
    found = TRAINERS.get(name.rpartition(".")[2])
    return found if found is not None and name.startswith(f"{found.package}.") else None
