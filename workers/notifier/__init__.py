"""conversation.events, agent.assignments, routing.events and routing.answers into Redis: feeds, nudges to
read them, verdicts and what is for the moment only."""
