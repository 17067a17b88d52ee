"""Models of EfficientNet-Lite networks: the built-in ones, and what users add."""
