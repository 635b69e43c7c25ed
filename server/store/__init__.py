"""MongoDB: the facts, and the only home of motor."""
