"""Tests of several rooms together on real servers."""
