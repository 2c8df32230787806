"""Environments of gymnasium (gym before): what one step in one of them gives.

Source: `gymnasium.Env.step` gives (observation, reward, terminated, truncated, info), that of gym before 0.26
(observation, reward, done, info). The reward of one environment is a number, and whether it is over is another;
several environments at once (`make_vec`, `gym.vector`) give a row of each.
"""

from __future__ import annotations

import re

#: What an environment is called here, and one step in it.
ENVIRONMENT = "gymnasium.Env"
STEP = "a step in an environment"

#: Functions that make one environment.
MAKERS = frozenset({"gym.make", "gymnasium.make", "gym.envs.registration.make", "gymnasium.envs.registration.make"})

#: Wrappers around one environment, which is one environment again.
WRAPPERS = ("gym.wrappers.", "gymnasium.wrappers.")

#: Classes that wrappers of a project's own derive from.
BASES = frozenset(
    f"{package}.{name}"
    for package in ("gym", "gymnasium", "gym.core", "gymnasium.core")
    for name in ("Wrapper", "ActionWrapper", "ObservationWrapper", "RewardWrapper")
)

#: Attributes of an environment that are the environment inside a wrapper.
INSIDE = frozenset({"env", "unwrapped"})

#: The places of a step that are numbers: the reward, and whether it is over (with five of them, for two reasons).
NUMBERS = {1: "the reward of an environment", 2: "whether an environment is done"}
NUMBERS_OF_FIVE = {**NUMBERS, 3: "whether an environment was stopped"}

#: Environments that show a row of numbers, by the name in front of the version. Source: gymnasium 1.2, "Classic
#: Control", "Box2D" and "MuJoCo"; those of gym before show the same.
_ROWS = frozenset(
    {
        "Acrobot", "Ant", "BipedalWalker", "BipedalWalkerHardcore", "CartPole", "HalfCheetah", "Hopper", "Humanoid",
        "HumanoidStandup", "InvertedDoublePendulum", "InvertedPendulum", "LunarLander", "LunarLanderContinuous",
        "MountainCar", "MountainCarContinuous", "Pendulum", "Pusher", "Reacher", "Swimmer", "Walker2d",
    }
)  # fmt: skip

_VERSION = re.compile(r"-v\d+\Z")


def shows_a_row(name: str) -> bool:
    """Whether what the environment of this id shows, `"CartPole-v1"`, is a row of numbers."""
    return _VERSION.search(name) is not None and _VERSION.sub("", name) in _ROWS
