"""Offline grants: issued, asked back, used, ended."""
