"""WeChat's service account and mini program: its port, its callback, and our own thin client."""
