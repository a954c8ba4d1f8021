"""`python -m nnrun` is the same as `nnrun`."""

from nnrun.cli.main import main

if __name__ == "__main__":
    main()
