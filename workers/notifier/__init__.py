"""conversation.events, agent.assignments and routing.answers into Redis: feeds, nudges to read them, verdicts
and what is for the moment only."""
