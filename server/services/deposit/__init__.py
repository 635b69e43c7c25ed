"""Parcels in and out of cells: the deposit, the way back, and what a sensed door means."""
