"""Tests of the WeChat Pay client."""
