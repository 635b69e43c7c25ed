"""Feeds: bounded Redis streams as ordered channels that can be resumed without silent holes."""

from realtime.feeds.feeds import Feeds
from realtime.feeds.values import Entry, FeedSettings, Listener, Lost, Recovered

__all__ = ["Entry", "FeedSettings", "Feeds", "Listener", "Lost", "Recovered"]
