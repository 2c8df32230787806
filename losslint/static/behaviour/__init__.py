"""What calls do that losslint does not read: of torch, Python, numpy, tables and libraries of models."""
