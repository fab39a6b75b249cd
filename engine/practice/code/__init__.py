"""Lines of numpy that are typed or shown, computed without being run as Python."""
