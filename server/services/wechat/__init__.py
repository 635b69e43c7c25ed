"""WeChat: its messages, log-in, links, pages, and the scan conversation."""
