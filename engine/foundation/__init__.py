"""What everything else stands on: errors, settings, names, numbers and random streams."""
