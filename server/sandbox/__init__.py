"""The providers' stand-in: a program of its own."""
