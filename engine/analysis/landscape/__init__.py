"""The loss over a plane through the parameters, the way of training on it, and how far that plane can be trusted."""
