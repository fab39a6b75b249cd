"""What an update did to its own batch, and what it is made of."""
