"""What stands before requests when there is too much, or too slow, or too many of them."""
