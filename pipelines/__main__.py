"""`python -m pipelines VERB`."""

import sys

from pipelines import imports_done
from pipelines.cli import main

if __name__ == "__main__":
    imports_done()
    sys.exit(main())
