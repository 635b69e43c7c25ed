"""The agent's way to the server: its key, the standing link, one session, its calls."""
