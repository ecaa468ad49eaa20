"""`python -m audiencevault`."""

from audiencevault.cli.main import entry

if __name__ == "__main__":
    entry()
