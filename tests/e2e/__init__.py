"""Tests through public interfaces only."""
