"""Doors: commands to terminals, sensors believed, histories, test pulses."""
