"""Orders seen from the outside: waybills, views by role, staff's desk, and every change told on."""
