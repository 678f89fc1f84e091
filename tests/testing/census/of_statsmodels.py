"""The score and the Hessian of every log-likelihood of statsmodels."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

Case = tuple[str, Any, tuple[Any, ...], dict[str, Any]]


def of_statsmodels() -> Iterator[Case]:
    sm = importlib.import_module("statsmodels.api")
    discrete = importlib.import_module("statsmodels.discrete.discrete_model")
    inflated = importlib.import_module("statsmodels.discrete.count_model")
    truncated = importlib.import_module("statsmodels.discrete.truncated_model")
    conditional = importlib.import_module("statsmodels.discrete.conditional_models")
    ordinal = importlib.import_module("statsmodels.miscmodels.ordinal_model")
    count = importlib.import_module("statsmodels.miscmodels.count")
    student = importlib.import_module("statsmodels.miscmodels.tmodel")
    beta = importlib.import_module("statsmodels.othermod.betareg")
    random = np.random.default_rng(7)
    n = 60
    x = sm.add_constant(random.standard_normal((n, 2)) * 0.5)
    z = x[:, :2]
    counts = random.poisson(np.exp(0.5 + 0.3 * x[:, 1]))
    counts[:8] = 0
    binary = (random.uniform(size=n) < 0.5).astype(float)
    classes = random.integers(0, 3, n)
    share = random.uniform(0.05, 0.95, n)
    real = x @ [0.5, 1.0, -1.0] + random.standard_normal(n)
    groups = np.repeat(np.arange(n // 4), 4)
    b = np.array([0.3, -0.2, 0.4])
    models: dict[str, tuple[Any, Any]] = {
        "Logit": (lambda: discrete.Logit(binary, x), b),
        "Probit": (lambda: discrete.Probit(binary, x), b),
        "MNLogit": (lambda: discrete.MNLogit(classes, x), np.r_[b, -b]),
        "Poisson": (lambda: discrete.Poisson(counts, x), b),
        "Poisson with exposure": (lambda: discrete.Poisson(counts, x, exposure=share), b),
        "CLogLog link by GLM": (
            lambda: sm.GLM(binary, x, sm.families.Binomial(sm.families.links.CLogLog())),
            b,
        ),
        "ConditionalLogit": (
            lambda: conditional.ConditionalLogit(binary, x[:, 1:], groups=groups),
            b[1:],
        ),
        "ConditionalPoisson": (
            lambda: conditional.ConditionalPoisson(counts, x[:, 1:], groups=groups),
            b[1:],
        ),
        "ConditionalMNLogit": (
            lambda: conditional.ConditionalMNLogit(classes, x[:, 1:], groups=groups),
            np.r_[b[1:], -b[1:]],
        ),
        "OrderedModel, logit": (
            lambda: ordinal.OrderedModel(classes, x[:, 1:], distr="logit"),
            np.r_[b[1:], -0.5, 0.2],
        ),
        "OrderedModel, probit": (
            lambda: ordinal.OrderedModel(classes, x[:, 1:], distr="probit"),
            np.r_[b[1:], -0.5, 0.2],
        ),
        "BetaModel": (lambda: beta.BetaModel(share, x, exog_precision=z), np.r_[b, 1.0, 0.1]),
        "TLinearModel": (lambda: student.TLinearModel(real, x), np.r_[b, 5.0, 1.0]),
        "PoissonGMLE": (lambda: count.PoissonGMLE(counts, x), b),
        "PHReg, Breslow": (
            lambda: sm.PHReg(share, x[:, 1:], status=binary, ties="breslow"),
            b[1:],
        ),
        "PHReg, Efron": (
            lambda: sm.PHReg(np.round(share, 1), x[:, 1:], status=binary, ties="efron"),
            b[1:],
        ),
    }
    for kind in ("nb1", "nb2", "geometric"):
        more = [] if kind == "geometric" else [0.7]
        models[f"NegativeBinomial, {kind}"] = (
            lambda kind=kind: discrete.NegativeBinomial(counts, x, loglike_method=kind),
            np.r_[b, more],
        )
    for p in (0, 1, 2):
        models[f"NegativeBinomialP, p={p}"] = (
            lambda p=p: discrete.NegativeBinomialP(counts, x, p=p),
            np.r_[b, 0.7],
        )
        models[f"GeneralizedPoisson, p={p}"] = (
            lambda p=p: discrete.GeneralizedPoisson(counts, x, p=p),
            np.r_[b, 0.2],
        )
    for inflation in ("logit", "probit"):
        for name, more in (
            ("ZeroInflatedPoisson", []),
            ("ZeroInflatedGeneralizedPoisson", [0.2]),
            ("ZeroInflatedNegativeBinomialP", [0.7]),
        ):
            models[f"{name}, {inflation}"] = (
                lambda name=name, inflation=inflation: getattr(inflated, name)(
                    counts, x, exog_infl=z, inflation=inflation
                ),
                np.r_[-0.4, 0.2, b, more],
            )
    positive = counts + 1
    for name, more in (
        ("TruncatedLFPoisson", []),
        ("TruncatedLFNegativeBinomialP", [0.7]),
        ("TruncatedLFGeneralizedPoisson", [0.2]),
    ):
        models[name] = (
            lambda name=name: getattr(truncated, name)(positive, x, truncation=0),
            np.r_[b, more],
        )
    models["HurdleCountModel"] = (
        lambda: truncated.HurdleCountModel(counts, x),
        np.r_[b, -b],
    )
    families = sm.families
    responses = {
        "Gaussian": real,
        "Binomial": binary,
        "Poisson": counts,
        "Gamma": share + 0.1,
        "InverseGaussian": share + 0.1,
        "NegativeBinomial": counts,
        "Tweedie": share + 0.1,
    }
    for name, y in responses.items():
        family = getattr(families, name)
        for link in family.links:
            start = b * (0.1 if name == "Binomial" else 0.3)
            if name == "Binomial" or link.__name__ not in ("Log", "Identity", "NegativeBinomial"):
                start = start + np.array([0.6, 0, 0])
            if link.__name__ in ("Log", "LogLog", "CLogLog") and name == "Binomial":
                start = start - np.array([1.6, 0, 0])
            if link.__name__ in ("LogC",):
                start = start - np.array([1.6, 0, 0])
            if link.__name__ == "NegativeBinomial":
                start = start - np.array([1.5, 0, 0])
            if link.__name__ == "Identity" and name != "Gaussian":
                start = start * 0.1 + np.array([0.7, 0, 0])
            models[f"GLM, {name}, {link.__name__}"] = (
                lambda y=y, family=family, link=link: sm.GLM(y, x, family(link())),
                start,
            )
    for name, (make, at) in models.items():
        model = make()
        hessian = {}
        if "GLM" in name:
            f = lambda params, model=model: model.loglike(params, scale=1.0)
            score = lambda params, model=model: model.score(params, scale=1.0)
            hessian["hessian"] = lambda params, model=model: model.hessian(params, scale=1.0)
        else:
            f, score = model.loglike, model.score
            hessian["hessian"] = model.hessian
        yield f"{name}: score", f, (at,), {"gradient": score}
        yield f"{name}: Hessian", score, (at,), {"jacobian": hessian["hessian"]}
