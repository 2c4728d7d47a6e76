"""`python -m syndicator` is the `syndicate` command."""

from syndicator.cli.main import main

if __name__ == "__main__":
    main()
