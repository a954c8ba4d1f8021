"""Trainings as one would write them by hand in PyTorch: a loop over epochs, in it a loop over batches.

Losses and optimizers are PyTorch's own with Keras's settings. The epsilon of RMSprop stands outside the root here and
inside it in Keras, which shows in no more than the last digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from rows import Row
from torch import Tensor, nn

from contenders.contender import Calls, Contender
from nnrun.data.epoch_order import epoch_orders

# Of the last layer's sums and the targets: the batch's mean loss, and how many of its rows are right.
Measure = Callable[[Tensor, Tensor], tuple[Tensor, Any]]


def square_and_threshold(z: Tensor, y: Tensor) -> tuple[Tensor, Any]:
    """A sigmoid's squared error, and whether it is on the target's side of 0.5."""
    p = torch.sigmoid(z)  # (rows, 1)
    return nn.functional.mse_loss(p, y), ((p > 0.5) == (y > 0.5)).sum()


def square_of_relu(z: Tensor, y: Tensor) -> tuple[Tensor, Any]:
    """A ReLU's squared error."""
    return nn.functional.mse_loss(torch.relu(z), y), 0


def square(z: Tensor, y: Tensor) -> tuple[Tensor, Any]:
    """A linear neuron's squared error."""
    return nn.functional.mse_loss(z, y), 0


def crossentropy_of_label(z: Tensor, y: Tensor) -> tuple[Tensor, Any]:
    """A softmax's cross-entropy with a label, and whether the label is the most probable."""
    label = y[:, 0].long()  # (rows,)
    return nn.functional.cross_entropy(z, label), (z.argmax(dim=-1) == label).sum()


def square_of_softmax(z: Tensor, y: Tensor) -> tuple[Tensor, Any]:
    """A softmax's squared error from a one-hot target, and whether its class is the most probable."""
    p = torch.softmax(z, dim=-1)  # (rows, classes)
    return nn.functional.mse_loss(p, y), (p.argmax(dim=-1) == y.argmax(dim=-1)).sum()


def sgd(weights: Any) -> torch.optim.Optimizer:
    """SGD with Keras's settings."""
    return torch.optim.SGD(weights, lr=0.01)


def adam(weights: Any) -> torch.optim.Optimizer:
    """Adam with Keras's settings."""
    return torch.optim.Adam(weights, lr=0.001, betas=(0.9, 0.999), eps=1e-7)


def rmsprop(weights: Any) -> torch.optim.Optimizer:
    """RMSprop with Keras's settings."""
    return torch.optim.RMSprop(weights, lr=0.001, alpha=0.9, eps=1e-7)


RECIPES: dict[str, tuple[Measure, Callable[[Any], torch.optim.Optimizer]]] = {
    "xor": (square_and_threshold, adam),
    "bilinear": (square_of_relu, sgd),
    "house-prices": (square, sgd),
    "rounding": (crossentropy_of_label, adam),
    "784-32-10": (square_of_softmax, rmsprop),
}


def start(row: Row) -> None:
    """PyTorch keeps its own settings."""


def contenders(row: Row, weights: list[np.ndarray]) -> Iterator[tuple[str, Contender]]:
    """The loop, from the weights that the engines begin with."""
    experiment, rows = row.load()
    loop = Loop(row.recipe, weights, rows.inputs[0], rows.targets[0], experiment.batch_size)
    orders = epoch_orders(experiment.seed, rows.count, 0, 64)  # (epochs, rows)
    yield "PyTorch", Contender(loop.run(orders[:1])[0], Calls(loop.run, orders).train)


class Loop:
    """A training of dense layers, ReLUs between them.

    Args:
        name: one of `RECIPES`.
        weights: the kernel and bias of each layer.
        x: (rows, features).
        y: (rows, …).
        batch_size: rows per step; the last step of an epoch takes what is left.
    """

    def __init__(self, name: str, weights: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
        self.measure, optimizer = RECIPES[name]
        self.model = _network(weights)
        self.optimizer = optimizer(self.model.parameters())
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.batch_size = batch_size

    def run(self, orders: np.ndarray) -> list[float]:
        """Trains for some epochs; `orders` is int32, (epochs, rows). Returns the loss of each, (epochs,)."""
        return [self._epoch(torch.from_numpy(order)) for order in orders]

    def _epoch(self, order: Tensor) -> float:
        loss, right = 0.0, 0
        for rows in order.split(self.batch_size):
            mean, hits = self.measure(self.model(self.x[rows]), self.y[rows])
            self.optimizer.zero_grad()
            mean.backward()
            self.optimizer.step()
            loss += mean.detach() * len(rows)
            right += hits
        return float(loss) / len(order)


def _network(weights: Sequence[np.ndarray]) -> nn.Sequential:
    """Dense layers with the weights that Keras gave them, ReLUs between them."""
    layers: list[nn.Module] = []
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        dense = nn.Linear(*kernel.shape)
        with torch.no_grad():
            dense.weight.copy_(torch.from_numpy(kernel.T.copy()))
            dense.bias.copy_(torch.from_numpy(bias))
        layers += [dense, nn.ReLU()]
    return nn.Sequential(*layers[:-1])
