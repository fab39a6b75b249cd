"""What one layer does in one sample, from near: the numbers of its picture, and the sums that they add up to."""
