"""The tables of WeChat's stand-in, part of the sandbox's one file."""

WECHAT_SCHEMA = """
CREATE TABLE IF NOT EXISTS wx_tokens (
    token TEXT PRIMARY KEY, app_id TEXT NOT NULL, kind TEXT NOT NULL, made_at REAL NOT NULL,
    expires_at REAL NOT NULL, forced INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS wx_tokens_by_app ON wx_tokens (app_id, kind, made_at);

CREATE TABLE IF NOT EXISTS wx_people (
    openid TEXT PRIMARY KEY, mini_openid TEXT NOT NULL UNIQUE, unionid TEXT NOT NULL,
    nickname TEXT NOT NULL, phone TEXT, follows INTEGER NOT NULL DEFAULT 0,
    blocks INTEGER NOT NULL DEFAULT 0, made_at REAL NOT NULL,
    message_until REAL NOT NULL DEFAULT 0, message_left INTEGER NOT NULL DEFAULT 0,
    touch_until REAL NOT NULL DEFAULT 0, touch_left INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS wx_templates (
    template_id TEXT PRIMARY KEY, kind TEXT NOT NULL, short_id TEXT, title TEXT NOT NULL,
    content TEXT NOT NULL, UNIQUE (kind, short_id));

CREATE TABLE IF NOT EXISTS wx_credits (
    openid TEXT NOT NULL, template_id TEXT NOT NULL, left INTEGER NOT NULL,
    PRIMARY KEY (openid, template_id));

CREATE TABLE IF NOT EXISTS wx_chat (
    number INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, kind TEXT NOT NULL,
    title TEXT NOT NULL, text TEXT NOT NULL, url TEXT, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS wx_chat_by_person ON wx_chat (openid, number);

CREATE TABLE IF NOT EXISTS wx_sent (
    msgid INTEGER PRIMARY KEY AUTOINCREMENT, openid TEXT NOT NULL, client_msg_id TEXT,
    at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS wx_sent_by_client ON wx_sent (openid, client_msg_id, at);

CREATE TABLE IF NOT EXISTS wx_codes (
    code TEXT PRIMARY KEY, kind TEXT NOT NULL, openid TEXT NOT NULL, scope TEXT NOT NULL,
    made_at REAL NOT NULL, used INTEGER NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS wx_scenes (
    ticket TEXT PRIMARY KEY, url TEXT NOT NULL UNIQUE, scene TEXT NOT NULL,
    expires_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS wx_real_names (
    openid TEXT PRIMARY KEY, real_name TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS wx_kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
