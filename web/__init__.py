"""Pages for people, served as they are."""
