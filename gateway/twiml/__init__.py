"""Telephone systems that speak TwiML: their webhooks in, verbs out."""
