"""Each format as a user asks for it."""
