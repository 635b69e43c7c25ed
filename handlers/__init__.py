"""HTTP and WebSocket handlers: decode, authorise, call one service, encode."""
