"""The line to the boards: ports, one exchange at a time, whose turn it is, the frame log."""
