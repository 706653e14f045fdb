"""Write the offers that a recipe asks for."""

import sys

from seeds.prices.offers import main

if __name__ == "__main__":
    sys.exit(main())
