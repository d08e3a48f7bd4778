"""``python -m matsuri`` is the ``matsuri`` command."""

from matsuri.cli import main

if __name__ == "__main__":
    main()
