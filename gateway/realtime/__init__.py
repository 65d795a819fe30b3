"""WebSockets, the feeds that they show, and what is said for the moment."""
