"""Message types shared by server, agent and pages; imports msgspec only."""
