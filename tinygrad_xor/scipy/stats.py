"""``scipy.stats``: densities, and the logarithms of normal tails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.stats

from tinygrad_xor.derivatives._arrays import array
from tinygrad_xor.derivatives.special import sc

_LOG_ROOT_2_PI = math.log(2 * math.pi) / 2

__all__ = ["MultivariateNormal", "Normal", "StudentT", "multivariate_normal", "norm", "t"]


def __getattr__(name: str) -> Any:
    return getattr(scipy.stats, name)


class _Distribution:
    """What a distribution does not have of its own it takes from SciPy, for plain numbers."""

    #: The distribution that answers for plain numbers.
    of_scipy: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of_scipy, name)


class Normal(_Distribution):
    """The normal distribution, as ``scipy.stats.norm``.

    >>> norm.cdf(0.0), norm.logsf(0.0) == norm.logcdf(0.0)
    (np.float64(0.5), np.True_)
    """

    #: The distribution that answers for plain numbers.
    of_scipy = scipy.stats.norm

    def logpdf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density."""
        z = (array(x) - loc) / scale
        return -0.5 * np.square(z) - (np.log(scale) + _LOG_ROOT_2_PI)

    def pdf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, loc, scale))

    def cdf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of at most `x`."""
        return sc.ndtr((array(x) - loc) / scale)

    def sf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of more than `x`."""
        return sc.ndtr((loc - array(x)) / scale)

    def logcdf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of `cdf`, accurate far out."""
        return sc.log_ndtr((array(x) - loc) / scale)

    def logsf(self, x: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of `sf`, accurate far out."""
        return sc.log_ndtr((loc - array(x)) / scale)


class StudentT(_Distribution):
    """Student's t distribution, as ``scipy.stats.t``.

    >>> round(float(t.pdf(0.0, 1.0)), 6)
    0.31831
    """

    #: The distribution that answers for plain numbers.
    of_scipy = scipy.stats.t

    def logpdf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of the density."""
        z = (array(x) - loc) / scale
        normalizer = sc.gammaln((df + 1) / 2) - sc.gammaln(df / 2) - np.log(df * math.pi) / 2
        return normalizer - np.log(scale) - (df + 1) / 2 * np.log1p(z * z / df)

    def pdf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, df, loc, scale))

    def cdf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of at most `x`; it has no derivative by `df` here."""
        return sc.stdtr(df, (array(x) - loc) / scale)

    def sf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The probability of more than `x`; it has no derivative by `df` here."""
        return sc.stdtr(df, (loc - array(x)) / scale)

    def logcdf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of `cdf`."""
        return np.log(self.cdf(x, df, loc, scale))

    def logsf(self, x: Any, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> Any:
        """The logarithm of `sf`."""
        return np.log(self.sf(x, df, loc, scale))


class MultivariateNormal(_Distribution):
    """The normal distribution of vectors, as ``scipy.stats.multivariate_normal``.

    >>> round(float(multivariate_normal.logpdf([0.0, 0.0])), 6)
    -1.837877
    """

    #: The distribution that answers for plain numbers.
    of_scipy = scipy.stats.multivariate_normal

    def logpdf(self, x: Any, mean: Any = 0.0, cov: Any = 1.0) -> Any:
        """The logarithm of the density.

        Args:
            x: points, of shape ``(..., k)``.
            mean: of shape ``(k,)``.
            cov: the covariance matrix, ``(k, k)``; or variances ``(k,)``, or one for all.

        Raises:
            numpy.linalg.LinAlgError: if `cov` is not positive definite.
        """
        away = array(x) - mean
        cov = array(cov)
        k = np.shape(away)[-1]
        if np.ndim(cov) < 2:
            root = np.sqrt(cov) * np.ones(k)
            z, log_det = away / root, np.sum(np.log(root))
        else:
            root = np.linalg.cholesky(cov)
            z = np.swapaxes(np.linalg.solve(root, np.reshape(away, (-1, k)).T), 0, 1)
            z = np.reshape(z, np.shape(away))
            log_det = np.sum(np.log(np.diagonal(root)))
        return -np.sum(z * z, axis=-1) / 2 - log_det - k * _LOG_ROOT_2_PI

    def pdf(self, x: Any, mean: Any = 0.0, cov: Any = 1.0) -> Any:
        """The density."""
        return np.exp(self.logpdf(x, mean, cov))


#: The normal distribution.
norm = Normal()
#: Student's t distribution.
t = StudentT()
#: The normal distribution of vectors.
multivariate_normal = MultivariateNormal()
