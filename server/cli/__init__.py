"""Commands of the lanjian console script; each imports lazily what it runs."""


def main() -> int:
    """Run the command named on the command line."""
    return 0
