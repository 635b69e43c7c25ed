"""Embedded MongoDB and Redis, and children that end with their parent."""
