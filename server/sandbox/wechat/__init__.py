"""WeChat's stand-in: service account and mini program, their API, their messages, their people."""
