"""Clients of outside services: SMS, payments, payouts."""
