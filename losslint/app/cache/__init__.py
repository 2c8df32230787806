"""What earlier runs found, kept to be used again: the same files and the same rules give the same findings."""
