"""Drills: what goes wrong at a door, played through on one running site."""
