#!/usr/bin/env python3
"""Measures kernels, collectives and power of this machine's GPUs; see docs/guide/measure.md."""

import sys

from gwmeasure.cli import main

if __name__ == "__main__":
    sys.exit(main())
