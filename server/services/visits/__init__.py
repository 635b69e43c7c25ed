"""Visits to a terminal: the scan, the screens of phone and kiosk, what is chosen there."""
