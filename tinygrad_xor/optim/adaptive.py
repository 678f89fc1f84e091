"""More rules that give each parameter a pace of its own, in Keras's form, as in `methods`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tinygrad_xor.engine import Value
from tinygrad_xor.optim.methods import Adam, RMSprop, chosen
from tinygrad_xor.optim.optimizer import Optimizer, at_least_0, piecewise
from tinygrad_xor.optim.schedules import Schedule


class Adagrad(Optimizer):
    """``s = s + g²; p -= lr · g / sqrt(s + eps)`` (Duchi, Hazan and Singer, 2011, figure 1).

    Args:
        parameters: leaf Values.
        lr: the learning rate.
        initial_accumulator_value: s before the first step.
        eps: keeps the root away from zero.
        epsilon: Keras's name for `eps`.
        shared: what all take, see `Optimizer`.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.001,
        initial_accumulator_value: float = 0.1,
        eps: float = 1e-7,
        *,
        epsilon: float | None = None,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, **shared)
        self.initial_accumulator_value = at_least_0(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.eps = at_least_0("eps", chosen(epsilon, eps))

    @piecewise
    def delta(self, g: Any) -> Any:
        """The gradient over the root of the sum of all squares so far."""
        s = self.state["squares"] = self.state.get("squares", 0.0) + g * g
        return self.lr * g / np.sqrt(s + (self.initial_accumulator_value + self.eps))


class Adadelta(RMSprop):
    """Steps as long as those before them (Zeiler, 2012, algorithm 1), times lr.

    ::

        v = ρ v + (1 - ρ) g²
        d = sqrt(u + eps) / sqrt(v + eps) · g
        u = ρ u + (1 - ρ) d²
        p -= lr · d

    Args:
        parameters: leaf Values.
        lr: the learning rate; the paper has 1.
        rho: ρ, how much of the running means is kept.
        eps: keeps the roots away from zero.
        shared: Keras's ``epsilon``, and what all take, see `Optimizer`.
    """

    def __init__(
        self,
        parameters: Iterable[Value] | None = None,
        lr: float | Schedule = 0.001,
        rho: float = 0.95,
        eps: float = 1e-7,
        **shared: Any,
    ) -> None:
        super().__init__(parameters, lr, rho, eps, **shared)

    @piecewise
    def delta(self, g: Any) -> Any:
        """The gradient, scaled as long as the steps before were."""
        u = self.state.get("mean_square_step", 0.0)
        v = self.state["mean_square"] = (
            self.rho * self.state.get("mean_square", 0.0) + (1 - self.rho) * g * g
        )
        d = np.sqrt(u + self.eps) / np.sqrt(v + self.eps) * g
        self.state["mean_square_step"] = self.rho * u + (1 - self.rho) * d * d
        return self.lr * d


class Adamax(Adam):
    """Adam with the largest gradient in place of the root mean square (its paper, section 7.1).

    ::

        m = β₁ m + (1 - β₁) g
        u = max(β₂ u, |g|)
        p -= lr / (1 - β₁ᵗ) · m / (u + eps)
    """

    @piecewise
    def delta(self, g: Any) -> Any:
        """The running mean of the gradient over its largest size."""
        beta1, beta2 = self.betas
        m = self.state.get("mean", 0.0)
        m = self.state["mean"] = m + (g - m) * (1 - beta1)
        u = self.state["largest"] = np.maximum(beta2 * self.state.get("largest", 0.0), np.abs(g))
        return self.lr / (1 - beta1**self.steps) * m / (u + self.eps)


class Nadam(Adam):
    """Adam that looks ahead as Nesterov does (Dozat, 2015, algorithm 2).

    ::

        μₜ = β₁ (1 - 0.96ᵗ / 2)
        m = β₁ m + (1 - β₁) g
        v = β₂ v + (1 - β₂) g²
        n = μₜ₊₁ m / (1 - μ₁ μ₂ … μₜ₊₁) + (1 - μₜ) g / (1 - μ₁ μ₂ … μₜ)
        p -= lr · n / (sqrt(v / (1 - β₂ᵗ)) + eps)
    """

    @piecewise
    def delta(self, g: Any) -> Any:
        """The mean gradient of the next step, over its root mean square."""
        beta1, beta2 = self.betas
        now, then = (beta1 * (1 - 0.5 * 0.96 ** (self.steps + k)) for k in range(2))
        # one minus the product of all μ so far: like all state, it begins at 0
        missing = self.state.get("missing", 0.0)
        missing = self.state["missing"] = missing * now + (1 - now) + 0.0 * g
        m = self.state.get("mean", 0.0)
        v = self.state.get("mean_square", 0.0)
        m = self.state["mean"] = m + (g - m) * (1 - beta1)
        v = self.state["mean_square"] = v + (g * g - v) * (1 - beta2)
        ahead = then * m / (missing * then + (1 - then)) + (1 - now) * g / missing
        return self.lr * ahead / (np.sqrt(v / (1 - beta2**self.steps)) + self.eps)
