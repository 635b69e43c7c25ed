"""The server: commands, composition, use cases, stores and providers."""
