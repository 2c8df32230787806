"""From repairs, which say what could be done, to edits of files: worked out, applied and written with care.

Nothing of it is imported as long as nobody asks for a fix.
"""
