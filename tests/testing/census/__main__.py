"""A census of derivatives that others wrote: how many pass `check_gradients`, and which do not.

    python tests/testing/census [statsmodels | scikit-learn | scipy | torch | jax] ...

It needs the libraries that it is asked for. Each case is a function with its own derivatives at one
point; what is refused is printed with what the checker says, for a reader to judge.
"""

import sys
import time
import warnings

from of_scikit_learn import of_scikit_learn
from of_scipy import of_scipy
from of_statsmodels import of_statsmodels
from of_tensors import of_jax, of_torch

from tinygrad_xor.testing import GradientError, check_gradients

LIBRARIES = {
    "statsmodels": of_statsmodels,
    "scikit-learn": of_scikit_learn,
    "scipy": of_scipy,
    "torch": of_torch,
    "jax": of_jax,
}


def main(names: list[str]) -> None:
    for library in names or LIBRARIES:
        start = time.perf_counter()
        right, refused, failed = 0, [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, f, primals, how in LIBRARIES[library]():
                try:
                    check_gradients(f, *primals, **how)
                    right += 1
                except GradientError as error:
                    refused.append((name, str(error)))
                except Exception as error:  # whatever a library raises
                    failed.append((name, f"{type(error).__name__}: {error}"))
        seconds = time.perf_counter() - start
        count = right + len(refused) + len(failed)
        print(
            f"{library}: {count} checked, {right} right, {len(refused)} refused, "
            f"{len(failed)} could not be checked, {seconds:.1f} s",
            flush=True,
        )
        for what, said in (("refused", refused), ("could not be checked", failed)):
            for name, why in said:
                print(f"  {what}: {name}: " + "\n      ".join(why.splitlines()[:5]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
