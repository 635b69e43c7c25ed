"""Unit tests of the embedded servers and children."""
