"""Walks through the pages in real browsers, on one site that they share."""
