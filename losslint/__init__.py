"""losslint finds PyTorch losses that are fed the wrong thing, across functions, classes and files."""

__version__ = "0.1.0"
