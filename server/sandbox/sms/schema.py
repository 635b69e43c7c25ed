"""The tables of the SMS vendors' stand-ins, part of the sandbox's one file."""

SMS_SCHEMA = """
CREATE TABLE IF NOT EXISTS sms_nonces (nonce TEXT PRIMARY KEY, seen_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS sms_sends (
    serial TEXT PRIMARY KEY, vendor TEXT NOT NULL, phone TEXT NOT NULL, sign TEXT NOT NULL,
    at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS sms_sends_by_phone ON sms_sends (phone, at);
"""
