"""The update rules of the optimizers that are followed here, written as Keras writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nnrun.data.dataset import Array

# What an optimizer remembers of one weight array, by the name of the quantity, each of the array's shape.
Slots = Mapping[str, Array]


class Optimizer(Protocol):
    """An update rule."""

    @property
    def name(self) -> str:
        """Keras's name of it."""
        ...

    @property
    def slots(self) -> tuple[str, ...]:
        """What it remembers between two steps, by name."""
        ...

    def update(self, weight: Array, gradient: Array, slots: Slots, rate: float, step: int) -> tuple[Array, Slots]:
        """The new weight and the new memory.

        Args:
            weight: any shape.
            gradient: of the shape of the weight.
            slots: what was remembered, each of the shape of the weight.
            rate: the learning rate of this step.
            step: its number, from 1.
        """
        ...

    def doubt(self, step: int) -> float:
        """How many times its own rounding a 32-bit learning rate is in doubt in this step."""
        ...


@dataclass(frozen=True)
class SGD:
    """v ← μ·v − α·g; w ← w + v, or with Nesterov's look ahead w ← w + μ·v − α·g; without momentum w ← w − α·g."""

    momentum: float = 0.0
    nesterov: bool = False
    name: str = "SGD"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update(self, weight: Array, gradient: Array, slots: Slots, rate: float, step: int) -> tuple[Array, Slots]:
        if not self.momentum:
            return weight - rate * gradient, {}
        velocity = self.momentum * slots["velocity"] - rate * gradient
        move = self.momentum * velocity - rate * gradient if self.nesterov else velocity
        return weight + move, {"velocity": velocity}

    def doubt(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class RMSprop:
    """v ← ρ·v + (1 − ρ)·g²; w ← w − α·g / √(v + ε); ḡ and m where it is centred or has momentum.

    Centred: ḡ ← ρ·ḡ + (1 − ρ)·g, and v − ḡ² stands for v under the root. Momentum: m ← μ·m + α·g / √…; w ← w − m.
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    name: str = "RMSprop"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("velocity", *["average"] * self.centered, *["momentum"] * (self.momentum > 0))

    def update(self, weight: Array, gradient: Array, slots: Slots, rate: float, step: int) -> tuple[Array, Slots]:
        after = {"velocity": self.rho * slots["velocity"] + (1 - self.rho) * gradient**2}
        below = after["velocity"] + self.epsilon
        if self.centered:
            after["average"] = self.rho * slots["average"] + (1 - self.rho) * gradient
            below = below - after["average"] ** 2
        move = rate * gradient / np.sqrt(below)
        if self.momentum > 0:
            move = after["momentum"] = self.momentum * slots["momentum"] + move
        return weight - move, after

    def doubt(self, step: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Adam:
    """m ← m + (1 − β₁)·(g − m); v ← v + (1 − β₂)·(g² − v); w ← w − αₜ·m / (√v + ε).

    αₜ = α·√(1 − β₂ᵗ) / (1 − β₁ᵗ) corrects both for their start from 0: the form before section 2.1 of Kingma and Ba,
    "Adam", 2014, https://arxiv.org/abs/1412.6980
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    name: str = "Adam"

    @property
    def slots(self) -> tuple[str, ...]:
        return ("momentum", "velocity")

    def rate(self, rate: float, step: int) -> float:
        """αₜ."""
        return float(rate * np.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step))

    def update(self, weight: Array, gradient: Array, slots: Slots, rate: float, step: int) -> tuple[Array, Slots]:
        m = slots["momentum"] + (1 - self.beta_1) * (gradient - slots["momentum"])
        v = slots["velocity"] + (1 - self.beta_2) * (gradient**2 - slots["velocity"])
        moved = weight - self.rate(rate, step) * m / (np.sqrt(v) + self.epsilon)
        return moved, {"momentum": m, "velocity": v}

    def doubt(self, step: int) -> float:
        first, second = self.beta_1**step, self.beta_2**step
        return 1 + first / (1 - first) + second / (2 * (1 - second))
