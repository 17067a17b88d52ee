"""The control socket: an HTTP server on a Unix socket, its routes, and what systemd is told."""
