"""`python -m clockwork VERB`."""

import sys

from clockwork.cli import main

if __name__ == "__main__":
    sys.exit(main())
