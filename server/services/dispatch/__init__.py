"""Dispatch: offers to couriers, the race for an order, its judge, the pickup."""
