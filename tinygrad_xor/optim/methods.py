"""The rules by which optimizers move parameters.

Every formula names its source. Where a published algorithm and Keras differ, Keras's form is taken,
because the course starts from there, and the difference is stated.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.optim.optimizer import Optimizer, at_least_0, fraction, piecewise
from tinygrad_xor.optim.schedules import Schedule


class SGD(Optimizer):
    """Gradient descent: ``p -= lr · g``, with momentum if asked.

    With momentum μ, a velocity remembers earlier steps: ``v = μ v - lr · g; p += v``. Nesterov's
    form looks ahead: ``p += μ v - lr · g`` (Sutskever et al., 2013, equations 1 to 4, as in Keras).

    Args:
        parameters: leaf Values.
        lr: the learning rate.
        momentum: μ, at least 0 and below 1.
        nesterov: whether to look ahead.
        shared: what all take, see `Optimizer`.

    >>> x = Value(3.0)
    >>> optimizer = SGD([x], lr=0.1)
    >>> for _ in range(100):
    ...     optimizer.zero_grad()
    ...     (x * x).backward()
    ...     optimizer.step()
    >>> x.data < 1e-8
    True
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, **shared)
        self.momentum = fraction("momentum", momentum)
        self.nesterov = nesterov

    @piecewise
    def delta(self, g: Any) -> Any:
        """``lr · g``, or the velocity with its sign turned."""
        step = self.lr * g
        if not self.momentum:
            return step
        v = self.state["velocity"] = self.momentum * self.state.get("velocity", 0.0) + step
        return self.momentum * v + step if self.nesterov else v


class RMSprop(Optimizer):
    """``v = ρ v + (1 - ρ) g²; p -= lr · g / sqrt(v + eps)`` (Hinton's lecture 6e, 2012).

    As in Keras, where eps is called ``epsilon``, it stands under the root; PyTorch adds it to the
    root.

    Args:
        parameters: leaf Values.
        lr: the learning rate.
        rho: ρ, how much of the running mean is kept.
        eps: keeps the root away from zero.
        epsilon: Keras's name for `eps`.
        shared: what all take, see `Optimizer`.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.001,
        rho: float = 0.9,
        eps: float = 1e-7,
        *,
        epsilon: float | None = None,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, **shared)
        self.rho = fraction("rho", rho)
        self.eps = at_least_0("eps", chosen(epsilon, eps))

    @piecewise
    def delta(self, g: Any) -> Any:
        """The gradient over the root of its running mean square."""
        v = self.state["mean_square"] = (
            self.rho * self.state.get("mean_square", 0.0) + (1 - self.rho) * g * g
        )
        return self.lr * g / np.sqrt(v + self.eps)


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015), in the form that closes their section 2, as in Keras.

    ::

        m = β₁ m + (1 - β₁) g
        v = β₂ v + (1 - β₂) g²
        p -= lr · sqrt(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / (sqrt(v) + eps)

    Here eps is added to the root of v before the bias correction. Their Algorithm 1, and PyTorch,
    add it after, as an eps smaller by sqrt(1 - β₂ᵗ) would be here: it matters in the first steps.
    ``beta_1``, ``beta_2`` and ``epsilon`` are Keras's names for `betas` and `eps`.

    Args:
        parameters: leaf Values.
        lr: the learning rate.
        betas: β₁ and β₂, how much of the running means is kept.
        eps: keeps the divisor away from zero.
        beta_1: Keras's name for the first of `betas`.
        beta_2: Keras's name for the second of `betas`.
        epsilon: Keras's name for `eps`.
        shared: what all take, see `Optimizer`.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        *,
        beta_1: float | None = None,
        beta_2: float | None = None,
        epsilon: float | None = None,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, **shared)
        beta1, beta2 = chosen(beta_1, betas[0]), chosen(beta_2, betas[1])
        self.betas = (fraction("betas", beta1), fraction("betas", beta2))
        self.eps = at_least_0("eps", chosen(epsilon, eps))

    @piecewise
    def delta(self, g: Any) -> Any:
        """The running mean of the gradient over the root of its running mean square."""
        beta1, beta2 = self.betas
        m = self.state.get("mean", 0.0)
        v = self.state.get("mean_square", 0.0)
        square = g * g
        square -= v
        m = self.state["mean"] = self.moved(m, g - m, 1 - beta1)
        v = self.state["mean_square"] = self.moved(v, square, 1 - beta2)
        rate = self.lr * np.sqrt(1 - beta2**self.steps).item() / (1 - beta1**self.steps)
        root = np.sqrt(v)
        root += self.eps
        step = rate * m
        step /= root
        return step


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p -= lr · weight_decay · p`` beside Adam's step.

    Loshchilov and Hutter, 2019, Algorithm 2, with the decay scaled by lr as in PyTorch and Keras.

    Args:
        parameters: leaf Values.
        lr: the learning rate.
        betas: as in `Adam`.
        eps: as in `Adam`.
        weight_decay: how much of each parameter is taken away, times lr.
        shared: Keras's names for these, as in `Adam`, and what all optimizers take.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-7,
        weight_decay: float = 0.004,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay=weight_decay, **shared)


def chosen(keras: float | None, own: float) -> float:
    """A setting by Keras's name for it, or else by our own."""
    return own if keras is None else keras
