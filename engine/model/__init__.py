"""What is trained: layers and their wiring, activations, initial weights, losses."""
