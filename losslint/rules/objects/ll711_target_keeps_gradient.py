"""A temporal-difference target that lets the gradient through to the network that is trained.

## What it does
Reports a regression loss between `net(state)` and `reward + gamma * net(next_state).max(1)[0]` with the same network on
both sides and no `detach` or `no_grad` around the target. So are the values of states that a critic learns,
`reward + gamma * critic(next_state)`.

## Why is this bad?
The target is to stand still while the value moves towards it. With a gradient on both sides the network is also pulled
to make the next state's value smaller or larger until the equation fits: that minimises another quantity (the Bellman
residual), learns slowly and with a bias where the environment is random, and is nothing that Q-learning does.

## Example
```python
import torch.nn.functional as F

def learn(net, optimizer, state, action, reward, next_state, gamma=0.99):
    value = net(state).gather(1, action).squeeze(1)
    target = reward + gamma * net(next_state).max(1)[0]
    loss = F.mse_loss(value, target)
    loss.backward()
    optimizer.step()
```

## Use instead
```python
import torch
import torch.nn.functional as F

def learn(net, optimizer, state, action, reward, next_state, gamma=0.99):
    value = net(state).gather(1, action).squeeze(1)
    with torch.no_grad():
        target = reward + gamma * net(next_state).max(1)[0]
    loss = F.mse_loss(value, target)
    loss.backward()
    optimizer.step()
```

## Fix safety
Unsafe: detaching the target changes what is learned, which is the point.

## References
- [Human-level control through deep reinforcement learning](https://www.nature.com/articles/nature14236)
- [Reinforcement Learning (DQN) Tutorial](https://pytorch.org/tutorials/intermediate/reinforcement_q_learning.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from losslint.rules.repairs import followed
from losslint.rules.rule import rule
from losslint.vocabulary.findings import Problem, Severity
from losslint.vocabulary.observations import LossCall, Writing


def check(call: LossCall) -> Iterator[Problem]:
    given_first = call.written.get(Writing.BOOTSTRAPPED_INPUT)
    name, trail = ("input", given_first) if given_first else ("target", call.written.get(Writing.BOOTSTRAPPED))
    if trail is None or call.argument(name).detached_by is not None:
        return
    yield Problem(
        message=(
            f"The target of {call.loss} is made by the network that is trained, with its gradient: the network learns "
            "to move the target, too."
        ),
        trail=trail,
        mend="Detach the value of the next state{at}, or compute it under no_grad",
        repair=followed(call, name, ".detach()", agreed=True),
    )


RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    fix="unsafe",
    check_loss=check,
    bad=[
        """
        import torch.nn.functional as F

        def learn(net, optimizer, state, action, reward, next_state, gamma=0.99):
            value = net(state).gather(1, action).squeeze(1)
            target = reward + gamma * net(next_state).max(1)[0]
            loss = F.mse_loss(value, target)  # LL711
            loss.backward()
            optimizer.step()
        """,
        """
        import torch
        from torch import nn

        class Agent:
            def __init__(self, net, optimizer):
                self.net, self.optimizer = net, optimizer
                self.criterion = nn.SmoothL1Loss()

            def learn(self, batch):
                state, action, reward, next_state, done = batch
                values = self.net(state)[range(len(action)), action]
                best, _ = torch.max(self.net(next_state), dim=1)
                target = reward + (1 - done) * 0.99 * best
                loss = self.criterion(values, target)  # LL711
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
        """,
    ],
    good=[
        """
        import torch
        import torch.nn.functional as F

        def learn(net, frozen, optimizer, state, action, reward, next_state, gamma=0.99):
            value = net(state).gather(1, action).squeeze(1)
            with torch.no_grad():
                target = reward + gamma * net(next_state).max(1)[0]
            held = reward + gamma * net(next_state).max(1)[0].detach()
            other = reward + gamma * frozen(next_state).max(1)[0]
            whole = (reward + gamma * net(next_state).max(1)[0]).detach()
            loss = F.mse_loss(value, target) + F.mse_loss(value, held)
            loss = loss + F.mse_loss(value, other) + F.mse_loss(value, whole)
            loss.backward()
            optimizer.step()
        """,
        """
        import torch.nn.functional as F

        def consistency(net, optimizer, weak, strong):
            loss = F.mse_loss(net(strong), net(weak))
            loss.backward()
            optimizer.step()
        """,
    ],
)
