"""Breaking it on purpose: what is killed, paused and cut off here must not lose or double anything."""
