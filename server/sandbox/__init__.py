"""The providers' stand-in: SMS, WeChat, payments and transfers, as a program of its own.

It imports nothing of the rest of the server and speaks its protocol over HTTP only.
"""
