"""losslint finds PyTorch loss functions that are fed the wrong thing."""

__version__ = "0.1.0"
