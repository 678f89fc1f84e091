"""Activations and losses of torch and JAX."""

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

Case = tuple[str, Any, tuple[Any, ...], dict[str, Any]]


def of_torch() -> Iterator[Case]:
    torch = importlib.import_module("torch")
    module = importlib.import_module("torch.nn.modules.activation")
    functional = torch.nn.functional
    random = np.random.default_rng(7)
    x = random.standard_normal((3, 4))
    how = {"backend": "torch"}
    for name in module.__all__:
        if name in ("MultiheadAttention", "RReLU"):
            continue
        kind = getattr(torch.nn, name)
        at = np.abs(x) if name == "Threshold" else x
        arguments = {"Threshold": (0.1, 20.0), "Softmax": (1,), "LogSoftmax": (1,)}
        arguments["Softmin"] = (1,)
        layer = kind(*arguments.get(name, ())).double()
        for p in layer.parameters():
            p.requires_grad_(False)
        if name == "Softmax2d":
            at = x.reshape(1, 3, 2, 2)
        yield name, layer, (at,), how
    y, share = random.standard_normal((3, 4)), random.uniform(0.1, 0.9, (3, 4))
    signs = torch.tensor([[1.0, -1, 1, -1]] * 3, dtype=torch.float64)
    classes, t = torch.tensor([0, 3, 1]), torch.tensor
    losses = {
        "mse_loss": (functional.mse_loss, (x, y)),
        "l1_loss": (functional.l1_loss, (x, y)),
        "smooth_l1_loss": (functional.smooth_l1_loss, (x, y)),
        "huber_loss": (lambda a, b: functional.huber_loss(a, b, delta=0.7), (x, y)),
        "cross_entropy": (lambda a: functional.cross_entropy(a, classes), (x,)),
        "cross_entropy of shares": (
            lambda a: functional.cross_entropy(a, functional.softmax(t(y), 1)),
            (x,),
        ),
        "nll_loss": (lambda a: functional.nll_loss(a, classes), (x,)),
        "multi_margin_loss": (lambda a: functional.multi_margin_loss(a, classes), (x,)),
        "binary_cross_entropy": (
            lambda a: functional.binary_cross_entropy(a, t(share)),
            (share[::-1].copy(),),
        ),
        "binary_cross_entropy_with_logits": (
            lambda a: functional.binary_cross_entropy_with_logits(a, t(share)),
            (x,),
        ),
        "kl_div": (lambda a: functional.kl_div(a, t(share), reduction="batchmean"), (x,)),
        "poisson_nll_loss": (lambda a: functional.poisson_nll_loss(a, t(share)), (x,)),
        "gaussian_nll_loss": (
            functional.gaussian_nll_loss,
            (x, y, share),
        ),
        "hinge_embedding_loss": (lambda a: functional.hinge_embedding_loss(a, signs), (x,)),
        "soft_margin_loss": (lambda a: functional.soft_margin_loss(a, signs), (x,)),
        "multilabel_soft_margin_loss": (
            lambda a: functional.multilabel_soft_margin_loss(a, (signs + 1) / 2),
            (x,),
        ),
        "margin_ranking_loss": (
            lambda a, b: functional.margin_ranking_loss(a, b, signs, margin=0.3),
            (x, y),
        ),
        "cosine_embedding_loss": (
            lambda a, b: functional.cosine_embedding_loss(a, b, signs[0, :3]),
            (x, y),
        ),
        "cosine_similarity": (functional.cosine_similarity, (x, y)),
        "triplet_margin_loss": (
            functional.triplet_margin_loss,
            (x, y, share),
        ),
        "pairwise_distance": (functional.pairwise_distance, (x, y)),
        "ctc_loss": (
            lambda a: functional.ctc_loss(
                functional.log_softmax(a, 2), t([[1, 2]]), t([5]), t([2]), reduction="sum"
            ),
            (random.standard_normal((5, 1, 4)),),
        ),
        "layer_norm": (lambda a: functional.layer_norm(a, (4,)), (x,)),
        "normalize": (functional.normalize, (x,)),
        "scaled_dot_product_attention": (
            functional.scaled_dot_product_attention,
            (x, y, share),
        ),
    }
    for name, (f, primals) in losses.items():
        once = name in ("ctc_loss", "multi_margin_loss")  # these have no second derivative
        order = {"order": 1} if once else {}
        yield name, f, primals, {**how, **order}


def of_jax() -> Iterator[Case]:
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    special = importlib.import_module("jax.scipy.special")
    stats = importlib.import_module("jax.scipy.stats")
    random = np.random.default_rng(7)
    x = random.standard_normal((3, 4))
    how = {"backend": "jax"}
    for name in (
        "celu elu gelu glu hard_sigmoid hard_silu hard_swish hard_tanh identity leaky_relu "
        "log_sigmoid log_softmax logmeanexp logsumexp mish relu relu6 selu sigmoid silu soft_sign "
        "softmax softplus sparse_plus sparse_sigmoid squareplus standardize swish tanh"
    ).split():
        f = getattr(jax.nn, name, None)
        if f is not None:
            yield name, f, (x,), how
    heads = random.standard_normal((3, 1, 4, 2, 3))
    yield "dot_product_attention", jax.nn.dot_product_attention, tuple(heads), how
    at = np.array([0.3, 0.8, 2.5])
    for name in (
        "bessel_jn digamma entr erf erf_inv erfc expi expit exp1 gammaln i0 i0e i1 i1e log_ndtr "
        "logit ndtr ndtri spence xlog1py xlogy gamma betaln"
    ).split():
        f = getattr(special, name, None)
        if f is None or name == "bessel_jn":
            continue
        if name in ("xlogy", "xlog1py", "betaln"):
            yield f"scipy.special.{name}", f, (at, at[::-1].copy()), how
        else:
            inside = name in ("erf_inv", "logit", "ndtri", "spence")
            yield f"scipy.special.{name}", f, (at / 3 if inside else at,), how
    for name, more in {
        "norm": (),
        "cauchy": (),
        "laplace": (),
        "logistic": (),
        "expon": (),
        "t": (3.0,),
        "gamma": (2.5,),
        "beta": (2.5, 1.5),
        "chi2": (3.0,),
        "pareto": (2.0,),
        "truncnorm": (-1.0, 2.0),
        "gennorm": (1.7,),
        "vonmises": (1.7,),
        "wrapcauchy": (0.5,),
    }.items():
        density = getattr(stats, name, None)
        if density is not None:
            point = at + 1 if name == "pareto" else at / 3
            yield f"scipy.stats.{name}.logpdf", density.logpdf, (point, *more), how
