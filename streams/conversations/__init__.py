"""Conversations: the transcript and state of each session, and the contacts that it asks for."""
