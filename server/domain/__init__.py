"""Pure rules: states, money, documents, errors. Standard library only: no clock, no I/O."""
