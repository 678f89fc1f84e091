#!/usr/bin/env bash
# The package as one file that any Python with NumPy runs, without network and without installing:
#
#     bash .ci/one_file.sh tinygrad_xor-0.1.0-py3-none-any.whl tinygrad_xor.pyz
#
# Needs shiv. Of what the package needs it holds all but NumPy. Hypothesis is an older one: newer
# ones have compiled parts, which fit one machine only.
set -euo pipefail
shiv --quiet --compressed --console-script tinygrad-xor --python "/usr/bin/env python3" \
    --output-file "$2" --no-deps "$1" hypothesis==6.155.0 sortedcontainers==2.4.0 graphviz==0.21 tqdm==4.67.1
