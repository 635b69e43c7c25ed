"""Notices: what people are told, by which way, once."""
