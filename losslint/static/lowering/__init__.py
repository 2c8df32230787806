"""From syntax to forms: the pieces of a file that somebody asks for, as graphs of small nodes."""
