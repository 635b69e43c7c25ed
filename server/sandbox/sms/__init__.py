"""The SMS vendors' stand-ins: Aliyun and Tencent, exact to the signature, with their limits."""
