"""Ways of writing that rules speak of: losses written by hand, averages, results nobody reads, where gradients go."""
