"""Lessons and interview cards as files: read, checked and rendered; their numbers come from elsewhere."""
