"""The abstract interpreter: what forms evaluate to, on demand, across functions, classes and files."""
