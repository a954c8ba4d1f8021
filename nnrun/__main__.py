"""`python -m nnrun` is the same as `nnrun`."""

import sys

# Python puts the present folder first on the path; what lies there is not nnrun's to run. Where nnrun itself lies there,
# the folder comes last, behind everything that is installed.
if not sys.flags.safe_path:
    present = sys.path.pop(0)
    if __file__.startswith(present):
        sys.path.append(present)

from nnrun.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main()
