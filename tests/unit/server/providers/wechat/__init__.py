"""Tests of server.providers.wechat."""
