"""Results as JSON, for the programs that read them."""

from __future__ import annotations

import json
import math
from typing import Any


def json_text(result: Any) -> str:
    """`result` as JSON: nan and infinities, for which JSON has no word, are ``null``.

    >>> json_text({"loss": float("inf"), "outputs": [0.5, float("nan")]}).split()
    ['{', '"loss":', 'null,', '"outputs":', '[', '0.5,', 'null', ']', '}']
    """
    return json.dumps(_finite(result), indent=2, allow_nan=False)


def _finite(result: Any) -> Any:
    if isinstance(result, float):
        return result if math.isfinite(result) else None
    if isinstance(result, dict):
        return {name: _finite(value) for name, value in result.items()}
    if isinstance(result, (list, tuple)):
        return [_finite(value) for value in result]
    return result
