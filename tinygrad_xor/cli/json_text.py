"""Results as JSON, for the programs that read them."""

from __future__ import annotations

import json
import math
from typing import Any

from tinygrad_xor.program.constants import mapped


def json_text(result: Any) -> str:
    """`result` as JSON: nan and infinities, for which JSON has no word, are ``null``.

    >>> json_text({"loss": float("inf"), "outputs": [0.5, float("nan")]}).split()
    ['{', '"loss":', 'null,', '"outputs":', '[', '0.5,', 'null', ']', '}']
    """
    return json.dumps(mapped(_finite, result), indent=2, allow_nan=False)


def _finite(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x
