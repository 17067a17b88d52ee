"""The Unix socket: HTTP routes, binding, systemd's notifications, and the client."""
