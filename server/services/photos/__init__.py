"""Photos: brought into one form, sealed, seen on record."""
