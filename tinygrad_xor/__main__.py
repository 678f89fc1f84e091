"""``python -m tinygrad_xor`` is ``tinygrad-xor``."""

import sys

from tinygrad_xor.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
