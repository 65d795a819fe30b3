"""The records, topics, configuration and API bodies that every part of aicc shares."""
