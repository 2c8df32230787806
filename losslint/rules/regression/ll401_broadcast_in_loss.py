"""Prediction and target that broadcast against each other.

## What it does
Reports regression losses (and the other losses that broadcast) that are given `[N, 1]` beside `[N]`, and differences
written by hand whose two sides have these shapes, where their squares or absolute values are averaged, or where a
loss of the same function compares them squeezed, or the other way round. Maps of a single channel, `[N, 1, H, W]`
beside `[N, H, W]`, meet in the same way, and so do a label `[N, 1]` and the outputs `[N, C]` of a network. Products,
sums and quotients count as well, where a mean or a sum of them is trained on (`-(log_prob * advantage).mean()`), or
where one side of such a loss is made of them (`reward + gamma * best`). Also a prediction that is flattened to a
matrix in the function that compares it, beside a target that keeps its three dimensions there, and quantile
regression written by hand whose fractions stand along the targets.

## Why is this bad?
Instead of comparing each prediction with its own target, every prediction is compared with every target: an N x N
matrix, whose mean is smallest when all predictions equal the mean of the targets. MSE, L1, smooth L1 and Huber only
warn; Poisson, Gaussian, Kullback-Leibler, hinge embedding and multi-label soft margin say nothing. A quantile whose
weights come from the fractions of all quantiles is pulled to where each of the others is pulled.

## Example
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)
hidden, target = torch.randn(32, 64), torch.randn(32)

def training_loss():
    return F.mse_loss(head(hidden), target)
```

## Use instead
```python
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 1)
hidden, target = torch.randn(32, 64), torch.randn(32)

def training_loss():
    return F.mse_loss(head(hidden).squeeze(1), target)
```

## Fix safety
Unsafe: squeezing changes what is computed, which is the point.

## References
- [torch.nn.MSELoss](https://pytorch.org/docs/stable/generated/torch.nn.MSELoss.html)
- [Broadcasting semantics](https://pytorch.org/docs/stable/notes/broadcasting.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.facts import as_entries_of_a_column, reduction
from losslint.rules.fitting import other_numbers
from losslint.rules.repairs import followed, side_followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.kinds import LABEL_KINDS, Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.observations import LossCall, OperationCall, Writing
from losslint.vocabulary.shapes import Shape, Size

WARNS = frozenset({"MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"})


#: What an operation of two sides does to all pairs where these broadcast.
DONE = {
    "difference": "everything is subtracted from everything",
    "sum": "everything is added to everything",
    "product": "everything is multiplied by everything",
    "quotient": "everything is divided by everything",
    "minimum": "everything is compared with everything",
    "maximum": "everything is compared with everything",
}

#: What makes numbers that stand for data.
DRAWN = frozenset({"rand", "randn"})

#: What is said where it does no harm as the code stands.
ALIKE = " All targets being the same number, the mean comes out right here; with others it would not."

#: Ways in which the two sides are those of a loss, whose shapes are told by what else its function does.
OF_A_LOSS = frozenset({"compared", "best values"})

#: Those that are functions, whose sides a repair does not find.
FUNCTIONS = frozenset({"minimum", "maximum"})


def is_column_beside_row(column: Meaning, row: Meaning) -> bool:
    """Whether one is `[N, 1]` and the other `[N]`, N not being 1. A row to which something was added that is not known
    is a row, or more: its last dimension is that of a batch, and the column's is 1."""
    if column.shape is None or row.shape is None or column.size(-1) != 1:
        return False
    if row.shape.open:
        one = column.rank == 2 or (column.shape.open and len(column.shape.sizes) == 1)
        wide = row.size(-1)
        batch = isinstance(wide, str) or (wide is not None and 1 != wide == column.size(0))
        return one and batch and len(row.shape.sizes) == 1
    if row.rank != 1:
        return False
    if column.shape.open:
        # `[…, 1]` may be a single prediction; a row of a batch says that it is not.
        return len(column.shape.sizes) < 3 and row.size(0) not in (None, 1)
    return column.rank == 2 and row.size(0) != 1 and column.size(0) != 1


def is_map_beside_maps(single: Meaning, bare: Meaning) -> bool:
    """Whether one is `[N, 1, H, W]`, maps of a single channel, and the other `[N, H, W]`: the dimension of the channels
    of one meets that of the samples of the other. So for any number of positions after the channels."""
    if single.rank is None or bare.rank is None or single.rank != bare.rank + 1 or bare.rank < 2:
        return False
    batch = bare.size(0)
    return single.size(1) == 1 and batch is not None and batch == single.size(0) and batch != 1


def is_one_label_for_all_outputs(given: Meaning, target: Meaning, loaded: bool) -> bool:
    """Whether a network has several outputs for each sample, `[N, C]`, and the target one label, `[N, 1]`. A value that
    all heads are drawn to may be meant where it is computed."""
    if given.rank is None or given.rank < 2 or given.rank != target.rank or given.shape is None or target.shape is None:
        return False
    several = given.size(-1)
    if not isinstance(several, int) or several < 2 or target.size(-1) != 1 or target.size(0) == 1:
        return False
    if given.kind in LABEL_KINDS | {Kind.UNKNOWN, Kind.CONSTANT}:
        return False
    if not (loaded or target.kind in LABEL_KINDS or target.made_by in DRAWN):
        return False
    return not any(map(other_numbers, given.shape.sizes[:-1], target.shape.sizes[:-1]))


def spread(size: Size) -> str:
    """The batch size in words."""
    return str(size) if isinstance(size, int) else "N"


def is_flattened_alone(call: LossCall) -> bool:
    """Whether the input is a matrix because it was flattened, while the target has kept its three dimensions."""
    given, target = call.argument("input"), call.argument("target")
    if Writing.FLATTENED not in call.written or given.rank != 2 or target.shape is None:
        return False
    return len(target.shape.sizes) > 2 and 1 not in target.shape.sizes


def check(call: LossCall) -> Iterator[Problem]:
    given, target = call.argument("input"), call.argument("target")
    if is_flattened_alone(call):
        yield Problem(
            message=(
                f"{call.loss} is given a prediction that was flattened to {given.shape} and a target that was not: "
                f"{target.shape}. Where torch does not raise, they broadcast: each row is compared with rows of other "
                "samples."
            ),
            trail=call.written[Writing.FLATTENED],
            mend="Flatten the target as well, as the prediction is",
        )
        return
    if (is_map_beside_maps(given, target) or is_map_beside_maps(target, given)) and reduction(call) != "none":
        yield _maps(call, given, target)
        return
    if call.loss in WARNS and reduction(call) != "none":
        if is_one_label_for_all_outputs(given, target, Writing.TARGET_LOADED in call.written):
            yield _one_label(call, given, target)
            return
    target = as_entries_of_a_column(target)
    if is_column_beside_row(given, target):
        column, row, trail, mend = given, target, given.trail, "Squeeze the last dimension of the prediction made"
    elif is_column_beside_row(target, given):
        column, row, trail, mend = target, given, target.trail, "Squeeze the last dimension of the target made"
    else:
        return
    tall = spread(None if column.shape is None or column.shape.open else column.size(0))
    wide = spread(row.size(-1))
    said = "torch only warns" if call.loss in WARNS else "torch says nothing"
    if tall == "N" and wide != "N":
        tall = wide
    elif wide == "N":
        wide = tall
    alike = ALIKE if row.kind is Kind.CONSTANT and reduction(call) == "mean" else ""
    yield Problem(
        message=(
            f"{call.loss} is given a prediction {given.shape} and a target {target.shape}. They broadcast to "
            f"{tall}x{wide}: every prediction is compared with every target, and {said}.{alike}"
        ),
        trail=trail,
        mend=mend,
        repair=followed(call, "input" if column is given else "target", ".squeeze(-1)")
        if column.size(-1) == 1
        else None,
    )


def _one_label(call: LossCall, given: Meaning, target: Meaning) -> Problem:
    """The problem of several outputs that are all compared with the same label."""
    return Problem(
        message=(
            f"{call.loss} is given a prediction {given.shape} and a target {target.shape}. The "
            f"{given.size(-1)} outputs of a sample are all compared with its one label and learn the same number, and "
            "torch only warns."
        ),
        trail=target.trail or given.trail,
        mend="Give prediction and target the same shape",
    )


def _maps(call: LossCall, given: Meaning, target: Meaning) -> Problem:
    """The problem of maps of which one side has a dimension for its single channel, and the other has none."""
    side, single, bare = (
        ("prediction", given, target) if (given.rank or 0) > (target.rank or 0) else ("target", target, given)
    )
    batch = spread(bare.size(0))
    positions = bare.shape.sizes[1:] if bare.shape is not None else ()
    said = "torch only warns" if call.loss in WARNS else "torch says nothing"
    alike = ALIKE if bare.kind is Kind.CONSTANT and reduction(call) == "mean" else ""
    return Problem(
        message=(
            f"{call.loss} is given a prediction {given.shape} and a target {target.shape}. They broadcast to "
            f"{Shape((batch, batch, *positions))}: every sample is compared with every sample, and {said}.{alike}"
        ),
        trail=single.trail,
        mend=f"Squeeze dimension 1 of the {side} made",
        repair=followed(call, "input" if single is given else "target", ".squeeze(1)"),
    )


def check_operation(call: OperationCall) -> Iterator[Problem]:
    if call.operation == "difference":
        yield from check_difference(call)
    elif call.operation == "meeting":
        yield from check_meeting(call)
    elif call.operation == "quantiles":
        yield from check_quantiles(call)


def check_difference(call: OperationCall) -> Iterator[Problem]:
    left, right = call.arguments
    row, column = (left, right) if left.rank == 1 else (right, left)
    if column.rank != 2 or column.size(1) != 1 or row.rank != 1:
        return
    if call.inner == "averaged":
        sides = f"The two sides of what is averaged here have the shapes {_shown(left)} and {_shown(right)}."
    elif call.inner == "best values":
        sides = (
            f"{call.spelling} compares values {column.shape} with what is made of the best value of each row, "
            f"{row.shape}."
        )
    elif call.inner == "compared":
        sides = (
            f"{call.spelling} compares a side {column.shape} with one that a difference of this function takes for "
            f"{row.shape}."
        )
    else:
        sides = (
            f"This difference has a side {column.shape}, and one that a loss of this function takes for {row.shape}."
        )
    yield _spread_out(call, sides, "difference", column)


def _shown(side: Meaning) -> Shape | None:
    """The shape of a side, for people: a row of numbers of which nobody knows how many there are has one a sample."""
    row = side.rank == 1 and side.size(0) is None
    return Shape(("N",)) if row else side.shape


def check_meeting(call: OperationCall) -> Iterator[Problem]:
    left, right = call.arguments
    whose = f", of which {call.inner} makes a mean," if call.inner else ", which is averaged,"
    sides = f"The two sides of this {call.spelling}{whose} have the shapes {_shown(left)} and {_shown(right)}."
    yield _spread_out(call, sides, call.spelling, left if left.size(-1) == 1 else right)


def check_quantiles(call: OperationCall) -> Iterator[Problem]:
    prediction, fractions = call.arguments
    yield Problem(
        message=(
            f"The predicted quantiles are a column {prediction.shape}, and their fractions a row {fractions.shape} "
            "along the targets: each prediction is weighed with the fractions of all. All quantiles learn the same "
            "number, and torch says nothing."
        ),
        trail=fractions.trail or prediction.trail,
        mend="Give the fractions the shape of the predictions, with `.unsqueeze(-1)`: they are made",
    )


def _spread_out(call: OperationCall, sides: str, done: str, told: Meaning) -> Problem:
    """The problem of two sides of which one is a row and the other a column; the story of one is `told`."""
    left, right = call.arguments
    column, row = (left, right) if left.size(-1) == 1 else (right, left)
    alike = ALIKE if done == "difference" and call.inner == "averaged" and row.kind is Kind.CONSTANT else ""
    said = "torch only warns" if call.spelling in WARNS else "torch says nothing"
    message = f"{sides} They broadcast to NxN: {DONE[done]}, and {said}.{alike}"
    trail = told.trail or row.trail or column.trail
    if call.operation == "meeting" and call.inner:
        # Which of the two has to change depends on what the loss compares them with.
        return Problem(message=message, trail=trail, mend="Give both sides the same shape: the last dimension is made")
    squeezed = side_followed(call, "left" if column is left else "right", ".squeeze(-1)")
    return Problem(
        message=message,
        trail=trail,
        mend=f"Squeeze the last dimension of the side {column.shape} made",
        repair=None if done in FUNCTIONS or call.inner in OF_A_LOSS else squeezed,
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    fix="unsafe",
    losses=[
        "MSELoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "PoissonNLLLoss",
        "GaussianNLLLoss",
        "KLDivLoss",
        "HingeEmbeddingLoss",
        "MultiLabelSoftMarginLoss",
    ],
    check_loss=check,
    check_operation=check_operation,
    bad=[
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.randn(32)

        def training_loss():
            return F.mse_loss(head(hidden), target)  # LL401
        """,
        """
        # file: critic.py
        from torch import nn

        class Critic(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1))

            def forward(self, state):
                return self.layers(state)
        # file: train.py
        import torch
        from torch import nn
        from critic import Critic

        critic = Critic()
        criterion = nn.SmoothL1Loss()

        def step(states):
            rewards = torch.zeros(128)
            return criterion(critic(states), rewards)  # LL401
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        critic, actor = nn.Linear(4, 1), nn.Linear(4, 2)

        def losses(states, actions, returns):
            hidden = states.view(-1, 4)
            values = critic(hidden)
            advantages = returns - values.detach()  # LL401
            chosen = F.log_softmax(actor(hidden), dim=1).gather(1, actions)
            return F.mse_loss(values.squeeze(-1), returns) - (chosen * advantages).mean()
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.randn(32)

        def step():
            loss = ((head(hidden) - target) ** 2).mean()  # LL401
            loss.backward()
        """,
        """
        import torch
        from torch import nn
        from torch.distributions import Categorical

        actor, critic = nn.Linear(4, 2), nn.Linear(4, 1)
        states, returns = torch.randn(32, 4), torch.randn(32, 1)

        def step():
            policy = Categorical(logits=actor(states))
            chosen = policy.log_prob(policy.sample())
            advantages = returns - critic(states).detach()
            loss = -(chosen * advantages).mean()  # LL401
            loss.backward()
        """,
        """
        import torch
        from torch import nn

        critic, target_critic = nn.Linear(4, 32), nn.Linear(4, 32)
        fractions = (torch.arange(32) + 0.5) / 32

        def quantile_loss(states, following, reward):
            goals = reward + 0.99 * target_critic(following.view(-1, 4)).detach().unsqueeze(1)
            quantiles = critic(states.view(-1, 4)).unsqueeze(2)
            error = goals - quantiles
            weight = (fractions - (error.detach() < 0).float()).abs()  # LL401
            loss = (weight * error.pow(2)).sum(dim=1).mean()
            loss.backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        net, target_net = nn.Linear(4, 2), nn.Linear(4, 2)
        states, actions = torch.randn(32, 4), torch.zeros(32, 1).long()

        def step(following, rewards):
            rewards = torch.tensor([float(reward) for reward in rewards])
            best = target_net(following).max(1, keepdim=True)[0].detach()
            targets = rewards + 0.99 * best.view(32, 1)  # LL401
            F.mse_loss(net(states).gather(1, actions), targets).backward()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        depth = nn.Conv2d(3, 1, 3, padding=1)
        images, target = torch.randn(4, 3, 8, 8), torch.randn(4, 8, 8)

        def training_loss():
            return F.smooth_l1_loss(depth(images), target)  # LL401
        """,
    ],
    good=[
        """
        import torch.nn.functional as F
        from torch import nn

        critic, actor = nn.Linear(4, 1), nn.Linear(4, 2)

        def losses(states, actions, returns):
            hidden = states.view(-1, 4)
            values = critic(hidden).squeeze(-1)
            advantages = returns - values.detach()
            chosen = F.log_softmax(actor(hidden), dim=1).gather(1, actions).squeeze(1)
            return F.mse_loss(values, returns) - (chosen * advantages).mean()
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.randn(32)

        def training_loss():
            return F.mse_loss(head(hidden).squeeze(-1), target)
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 1)

        def training_loss(hidden, target):
            return F.mse_loss(head(hidden), target)
        """,
        """
        import torch
        import torch.nn.functional as F
        from torch import nn

        critic = nn.Linear(4, 1)

        def one_step_loss(state, reward):
            return F.mse_loss(critic(state), torch.tensor([reward]))
        """,
        """
        import torch
        from torch import nn

        head = nn.Linear(64, 1)
        hidden, target = torch.randn(32, 64), torch.randn(32)

        def step():
            loss = ((head(hidden).squeeze(1) - target) ** 2).mean()
            loss.backward()
        """,
        """
        import torch
        from torch import nn

        critic, target_critic = nn.Linear(4, 32), nn.Linear(4, 32)
        fractions = (torch.arange(32) + 0.5) / 32

        def along_the_predictions(states, following, reward):
            goals = reward + 0.99 * target_critic(following.view(-1, 4)).detach().unsqueeze(2)
            error = goals - critic(states.view(-1, 4)).unsqueeze(1)
            weight = (fractions - (error.detach() < 0).float()).abs()
            loss = (weight * error.pow(2)).sum(dim=1).mean()
            loss.backward()

        def as_a_column(states, following, reward):
            goals = reward + 0.99 * target_critic(following.view(-1, 4)).detach().unsqueeze(1)
            error = goals - critic(states.view(-1, 4)).unsqueeze(2)
            weight = (fractions.view(1, -1, 1) - (error.detach() < 0).float()).abs()
            loss = (weight * error.pow(2)).sum(dim=1).mean()
            loss.backward()
        """,
        """
        import torch
        from torch import nn
        from torch.distributions import Categorical

        actor, critic = nn.Linear(4, 2), nn.Linear(4, 1)
        states, returns = torch.randn(32, 4), torch.randn(32)

        def step():
            policy = Categorical(logits=actor(states))
            chosen = policy.log_prob(policy.sample())
            advantages = returns - critic(states).detach().squeeze(-1)
            loss = -(chosen * advantages).mean()
            loss.backward()
        """,
        """
        # One map that all samples are compared with, and says so.
        import torch
        import torch.nn.functional as F
        from torch import nn

        depth = nn.Conv2d(3, 1, 3, padding=1)
        images, mean_map = torch.randn(4, 3, 8, 8), torch.randn(1, 8, 8)

        def training_loss():
            prediction = depth(images)
            return F.mse_loss(prediction, mean_map.unsqueeze(0)) + F.l1_loss(prediction.squeeze(1), mean_map)
        """,
        """
        # All critics of an ensemble are drawn to one value, and each row to its own mean.
        import torch
        import torch.nn.functional as F
        from torch import nn

        critics, targets = nn.Linear(8, 5), nn.Linear(8, 5)
        states, following, reward = torch.randn(16, 8), torch.randn(16, 8), torch.randn(16, 1)

        def critic_loss():
            goal = reward + 0.99 * targets(following).detach().min(1, keepdim=True)[0]
            values = critics(states)
            return F.mse_loss(values, goal) + F.mse_loss(values, values.mean(1, keepdim=True))
        """,
    ],
)
