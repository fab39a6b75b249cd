"""What a server keeps across restarts."""
