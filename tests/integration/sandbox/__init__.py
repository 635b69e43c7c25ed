"""Tests of the providers' stand-in over HTTP."""
