"""What the worker process may still do once its libraries are loaded."""
