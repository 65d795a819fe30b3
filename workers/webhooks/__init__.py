"""Tells endpoints of others what happens to contacts: at least once each, signed, tried again for hours."""
