"""Losses, kernels and objectives of scikit-learn."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

Case = tuple[str, Any, tuple[Any, ...], dict[str, Any]]


def of_scikit_learn() -> Iterator[Case]:
    losses = importlib.import_module("sklearn._loss.loss")
    linear = importlib.import_module("sklearn.linear_model._linear_loss")
    kernels = importlib.import_module("sklearn.gaussian_process.kernels")
    processes = importlib.import_module("sklearn.gaussian_process")
    random = np.random.default_rng(7)
    raw = random.standard_normal(12)
    positive, share = random.uniform(0.2, 3, 12), random.integers(0, 2, 12).astype(float)
    targets = {
        "HalfSquaredError": (losses.HalfSquaredError(), raw[::-1].copy()),
        "AbsoluteError": (losses.AbsoluteError(), raw[::-1].copy()),
        "PinballLoss": (losses.PinballLoss(quantile=0.3), raw[::-1].copy()),
        "HuberLoss": (losses.HuberLoss(delta=0.7), raw[::-1].copy()),
        "HalfPoissonLoss": (losses.HalfPoissonLoss(), positive),
        "HalfGammaLoss": (losses.HalfGammaLoss(), positive),
        "HalfTweedieLoss 1.5": (losses.HalfTweedieLoss(power=1.5), positive),
        "HalfTweedieLoss 3": (losses.HalfTweedieLoss(power=3), positive),
        "HalfTweedieLossIdentity 1.5": (losses.HalfTweedieLossIdentity(power=1.5), positive),
        "HalfBinomialLoss": (losses.HalfBinomialLoss(), share),
        "ExponentialLoss": (losses.ExponentialLoss(), share),
    }
    for name, (loss, y) in targets.items():
        at = np.abs(raw) + 0.3 if "Identity" in name else raw
        f = lambda r, loss=loss, y=y: np.sum(loss.loss(y, np.ascontiguousarray(r)))
        g = lambda r, loss=loss, y=y: loss.gradient(y, np.ascontiguousarray(r))
        yield name, f, (at,), {"gradient": g}
        if name not in ("AbsoluteError", "PinballLoss", "HuberLoss"):  # 1 in place of 0 there
            h = lambda r, loss=loss, y=y: np.diag(
                loss.gradient_hessian(y, np.ascontiguousarray(r))[1]
            )
            yield f"{name}: Hessian", g, (at,), {"jacobian": h}
    classes = random.integers(0, 3, 12).astype(float)
    multinomial = losses.HalfMultinomialLoss(n_classes=3)
    rows = random.standard_normal((12, 3))
    yield (
        "HalfMultinomialLoss",
        lambda r: np.sum(multinomial.loss(classes, np.ascontiguousarray(r))),
        (rows,),
        {"gradient": lambda r: multinomial.gradient(classes, np.ascontiguousarray(r))},
    )
    x = random.standard_normal((12, 3))
    for name, (loss, y) in targets.items():
        objective = linear.LinearModelLoss(base_loss=loss, fit_intercept=True)
        at = np.array([0.3, -0.2, 0.1, 2.0])
        how = {"l2_reg_strength": 0.1}
        args = (x, y)
        f = lambda w, o=objective, a=args, h=how: o.loss(w, *a, **h)
        g = lambda w, o=objective, a=args, h=how: o.gradient(w, *a, **h)
        yield f"LinearModelLoss of {name}", f, (at,), {"gradient": g}
    few = x[:5]
    for name, kernel in {
        "RBF": kernels.RBF(0.7),
        "RBF of three lengths": kernels.RBF([0.7, 1.0, 2.0]),
        "Matern 0.5": kernels.Matern(0.7, nu=0.5),
        "Matern 1.5": kernels.Matern(0.7, nu=1.5),
        "Matern 2.5": kernels.Matern([0.7, 1.0, 2.0], nu=2.5),
        "RationalQuadratic": kernels.RationalQuadratic(0.7, 1.3),
        "ExpSineSquared": kernels.ExpSineSquared(0.7, 1.3),
        "DotProduct": kernels.DotProduct(0.7),
        "ConstantKernel * WhiteKernel": kernels.ConstantKernel(2.0) * kernels.WhiteKernel(0.3),
        "RBF + DotProduct": kernels.RBF(0.7) + kernels.DotProduct(0.5),
        "RBF ** 2": kernels.Exponentiation(kernels.RBF(0.7), 2),
    }.items():
        value = lambda theta, k=kernel: k.clone_with_theta(theta)(few)
        jacobian = lambda theta, k=kernel: k.clone_with_theta(theta)(few, eval_gradient=True)[1]
        yield f"kernel {name}", value, (kernel.theta,), {"jacobian": jacobian}
    y = np.sin(x[:, 0])
    kernel = kernels.ConstantKernel(1.3) * kernels.RBF([0.7, 1.0, 2.0]) + kernels.WhiteKernel(0.1)
    regressor = processes.GaussianProcessRegressor(kernel, optimizer=None).fit(x, y)
    f = regressor.log_marginal_likelihood
    g = lambda theta: regressor.log_marginal_likelihood(theta, eval_gradient=True)[1]
    yield "GaussianProcessRegressor", f, (regressor.kernel_.theta,), {"gradient": g}
    classifier = processes.GaussianProcessClassifier(kernels.RBF(0.9), optimizer=None)
    classifier = classifier.fit(x, share).base_estimator_
    f = classifier.log_marginal_likelihood
    g = lambda theta: classifier.log_marginal_likelihood(theta, eval_gradient=True)[1]
    yield "GaussianProcessClassifier", f, (classifier.kernel_.theta,), {"gradient": g}
