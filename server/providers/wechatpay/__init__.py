"""WeChat Pay v3: payments, refunds, the merchant transfer of 2025, notices and daily bills."""
