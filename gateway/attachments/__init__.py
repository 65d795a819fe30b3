"""Images that customers and agents send each other: taken in, found again, given out."""
