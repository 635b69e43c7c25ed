"""The tables of the recognisers' stand-in, part of the sandbox's one file. No picture is kept."""

OCR_SCHEMA = """
CREATE TABLE IF NOT EXISTS ocr_papers (
    sha256 TEXT PRIMARY KEY, kind TEXT NOT NULL, fields TEXT NOT NULL, told_at REAL NOT NULL);

CREATE TABLE IF NOT EXISTS ocr_asked (
    number INTEGER PRIMARY KEY AUTOINCREMENT, vendor TEXT NOT NULL, kind TEXT NOT NULL,
    sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, outcome TEXT NOT NULL, at REAL NOT NULL);
"""
