"""What a script does to a network once it is made."""
