"""What is kept of a customer: given out, and erased."""
