"""Tests of the sandbox's rules."""
