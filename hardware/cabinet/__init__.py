"""The doors of a cabinet: what is true of each, commands in, facts on disk out."""
