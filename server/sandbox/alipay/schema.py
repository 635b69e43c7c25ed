"""The tables of Alipay's stand-in, part of the sandbox's one file."""

ALIPAY_SCHEMA = """
CREATE TABLE IF NOT EXISTS alipay_people (
    user_id TEXT PRIMARY KEY, open_id TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL,
    real_name TEXT, by_open_id INTEGER NOT NULL DEFAULT 0, made_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS alipay_codes (
    code TEXT PRIMARY KEY, user_id TEXT NOT NULL, made_at REAL NOT NULL,
    used INTEGER NOT NULL DEFAULT 0);
"""
