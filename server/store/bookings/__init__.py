"""What bookings keep: enterprises and their pages, outlets, pictures, seats, papers."""
