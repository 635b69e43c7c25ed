"""Bookings (预约): outlets, their slots, who has one, a car's papers, the removed battery."""
