"""Use cases of bookings (预约): what people see of outlets, book there, and what staff do."""
