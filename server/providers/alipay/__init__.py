"""Alipay: payments by precreated QR, refunds, transfers, notices and daily bills."""
