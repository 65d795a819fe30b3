"""conversation.events and agent.assignments, into Redis: feeds to read from and nudges to read them."""
