"""The agent's disk: numbered events, executed commands, and whether there is room."""
