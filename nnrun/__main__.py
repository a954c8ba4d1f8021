"""`python -m nnrun` is the same as `nnrun`."""

import sys

# Python puts the present folder first on the path, and what lies there must not be run. Where nnrun itself lies there,
# the folder comes last, after everything that is installed.
if not sys.flags.safe_path:
    present = sys.path.pop(0)
    if __file__.startswith(present):
        sys.path.append(present)

from nnrun.cli.entry import main

if __name__ == "__main__":
    main()
