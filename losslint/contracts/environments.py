"""Environments of gymnasium (gym before): what one step in one of them gives.

Source: `gymnasium.Env.step` gives (observation, reward, terminated, truncated, info), that of gym before 0.26
(observation, reward, done, info). The reward of one environment is a number, and whether it is over is another;
several environments at once (`make_vec`, `gym.vector`) give a row of each.
"""

from __future__ import annotations

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
