"""Use cases: each takes a person's wish, applies the rules, and writes once."""
