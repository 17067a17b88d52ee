"""imgsimd watches photo folders and finds the pictures that look alike."""

__version__ = "0.3.0.dev0"
