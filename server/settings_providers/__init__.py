"""Settings of outside providers, a module each: a provider is configured wholly or not at all.

Each module has `read(reader, *, sandbox)`, which gives the provider's own config value
(`server/providers/<provider>/config.py`) or None, and reports every missing variable, every
plain-http URL and every key of the sandbox that stands where money is real.
"""
