"""Finished waybills: read, reviewed."""
