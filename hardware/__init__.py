"""The terminal agent: codecs, bus, boards, doors, kiosk and simulator."""
