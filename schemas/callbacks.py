"""Callbacks: what customer and agent say of them in fields that are there already."""

NOT_REACHED = "not_reached"
"""The disposition of an agent who did not reach the customer."""

CALLBACK, MESSAGE = "callback", "message"
"""Attributes of the contact: which try it is, and what was left."""

PHONE = "callback_phone"
