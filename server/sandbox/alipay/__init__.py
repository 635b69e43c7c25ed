"""Alipay's half: the gateway, its notices, its daily bills."""
