"""Programs that prove the promises: journey, race, chaos and bench."""
