"""Tests of the SMS vendors' signers, codes, reports and failover."""
