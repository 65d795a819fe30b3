"""The cluster's users, their rights and its certificates."""
