"""imgsimd watches photo folders and finds the pictures that look alike."""

__version__ = "0.2.0"
