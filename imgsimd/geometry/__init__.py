"""Whether two pictures show the same photo. Runs in the worker only: pictures are untrusted."""
