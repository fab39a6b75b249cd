"""Where a number came from: terms, chain rule, paths, formulas and sentences."""
