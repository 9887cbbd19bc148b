"""Signals that accounts send to other applications."""

from django.dispatch import Signal

password_replaced = Signal()
"""``user``: the account's password was changed, reset, set by staff or removed, and is stored."""
