"""Tests of server.providers.alipay."""
