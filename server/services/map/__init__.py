"""Staff's map: what stands on it, where couriers were, and who looked."""
