"""Couriers' certification: applied for, decided, told."""
