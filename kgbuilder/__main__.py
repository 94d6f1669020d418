"""``python -m kgbuilder``."""

from kgbuilder.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
