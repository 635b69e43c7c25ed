"""Tests; conftest.py is the index of what they share."""
