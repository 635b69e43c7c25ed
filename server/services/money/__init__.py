"""Money: payments in, refunds back, couriers' pay out, bills compared."""
