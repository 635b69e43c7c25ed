"""Claims, feeds, presence and positions on Redis, and the sockets' sessions."""
