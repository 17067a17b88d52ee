"""Models of networks that Keras runs: those of Keras Applications, and those that it has saved."""
