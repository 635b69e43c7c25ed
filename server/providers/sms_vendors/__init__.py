"""The SMS vendors: Aliyun (ACS3) and Tencent (TC3), one after the other, and their reports."""
