"""The bot: answers what conversations ask it."""
