"""The personal centre: own details, vehicles, customer service, export, erasure, calendar."""
