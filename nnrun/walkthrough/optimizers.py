"""The update rules of the supported optimizers, as Keras computes them.

A rule is written once, for numbers and for formulas alike: it assigns the quantities of a weight by their letters. With
arrays it computes a step, with symbols it gives the formulas that are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from nnrun.data.dataset import Array
from nnrun.walkthrough.formula import square_root

# The state of an optimizer for one weight array, by the name of the quantity, each of the array's shape.
Slots = Mapping[str, Array]
# The quantities of a rule by their letters: w the weight, g its gradient, α the learning rate, t the step, and others.
Quantities = dict[str, Any]


class Optimizer:
    """An update rule."""

    # The settings that the rule uses, by their letters.
    settings: ClassVar[Mapping[str, str]]

    @property
    def name(self) -> str:
        """Keras's class name."""
        return type(self).__name__

    @property
    def slots(self) -> Mapping[str, str]:
        """The letters of its state by the names of Keras's variables."""
        raise NotImplementedError

    @property
    def constants(self) -> Mapping[str, float]:
        """The settings that the rule uses, by their letters."""
        return {letter: getattr(self, setting) for letter, setting in self.settings.items()}

    def apply(self, q: Quantities) -> None:
        """Assigns the new state and the new weight."""
        raise NotImplementedError

    def rate_error(self, step: int) -> float:
        """How many times its own rounding the float32 error of the learning rate in this step can be."""
        return 1.0

    def quantities(self, weight: Any, gradient: Any, slots: Mapping[str, Any], rate: float, step: int) -> Quantities:
        """What the rule starts from.

        Args:
            weight: of any shape.
            gradient: of the shape of the weight.
            slots: the state, each of the shape of the weight.
            rate: the learning rate of this step.
            step: its number, from 1.
        """
        state = {letter: slots[slot] for slot, letter in self.slots.items()}
        return {"w": weight, "g": gradient, "α": rate, "t": step, **self.constants, **state}

    def update(self, weight: Array, gradient: Array, slots: Slots, rate: float, step: int) -> tuple[Array, Slots]:
        """The new weight and the new state; arguments as for `quantities`."""
        q = self.quantities(weight, gradient, slots, rate, step)
        self.apply(q)
        return q["w"], {slot: q[letter] for slot, letter in self.slots.items()}


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, with momentum and Nesterov's form of it.

    Source: `keras.optimizers.SGD`.
    """

    momentum: float = 0.0
    nesterov: bool = False
    settings = {"μ": "momentum"}  # noqa: RUF012

    @property
    def slots(self) -> Mapping[str, str]:
        return {"momentum": "v"} if self.momentum else {}

    def apply(self, q: Quantities) -> None:
        step = q["α"] * q["g"]
        if not self.momentum:
            q["w"] = q["w"] - step
            return
        q["v"] = q["μ"] * q["v"] - step
        q["w"] = q["w"] + (q["μ"] * q["v"] - step if self.nesterov else q["v"])


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Steps divided by the root of a moving average of squared gradients, optionally centered and with momentum.

    Source: `keras.optimizers.RMSprop`.
    """

    rho: float = 0.9
    momentum: float = 0.0
    epsilon: float = 1e-7
    centered: bool = False
    settings = {"ρ": "rho", "ε": "epsilon", "μ": "momentum"}  # noqa: RUF012

    @property
    def slots(self) -> Mapping[str, str]:
        average = {"average_gradient": "ḡ"} if self.centered else {}
        return {"velocity": "v"} | average | ({"momentum": "m"} if self.momentum > 0 else {})

    def apply(self, q: Quantities) -> None:
        q["v"] = q["ρ"] * q["v"] + (1 - q["ρ"]) * q["g"] ** 2
        squares = q["v"] + q["ε"]
        if self.centered:
            q["ḡ"] = q["ρ"] * q["ḡ"] + (1 - q["ρ"]) * q["g"]
            squares = squares - q["ḡ"] ** 2
        step = q["α"] * q["g"] / square_root(squares)
        if self.momentum > 0:
            q["m"] = q["μ"] * q["m"] + step
            step = q["m"]
        q["w"] = q["w"] - step


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps along a moving average of the gradients, divided by the root of one of their squares.

    αₜ corrects both for their start from 0: the form before section 2.1 of Kingma and Ba, "Adam", 2014,
    https://arxiv.org/abs/1412.6980
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    settings = {"β₁": "beta_1", "β₂": "beta_2", "ε": "epsilon"}  # noqa: RUF012

    @property
    def slots(self) -> Mapping[str, str]:
        return {"momentum": "m", "velocity": "v"}

    def apply(self, q: Quantities) -> None:
        q["m"] = q["m"] + (1 - q["β₁"]) * (q["g"] - q["m"])
        q["v"] = q["v"] + (1 - q["β₂"]) * (q["g"] ** 2 - q["v"])
        q["αₜ"] = q["α"] * square_root(1 - q["β₂"] ** q["t"]) / (1 - q["β₁"] ** q["t"])
        q["w"] = q["w"] - q["αₜ"] * q["m"] / (square_root(q["v"]) + q["ε"])

    def rate_error(self, step: int) -> float:
        first, second = self.beta_1**step, self.beta_2**step
        return 1 + first / (1 - first) + second / (2 * (1 - second))
