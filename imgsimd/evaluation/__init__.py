"""How good a model is on labelled photos. Nothing here knows the gallery."""
