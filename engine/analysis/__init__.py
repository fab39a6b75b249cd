"""What the numbers of a run say: history, evaluation, diagnosis, pictures of the plane."""
