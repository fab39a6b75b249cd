"""A batch by its samples: their own losses, and what each brings to a gradient."""
