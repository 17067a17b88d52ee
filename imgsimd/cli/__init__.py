"""imgsimctl: asks the daemon and prints the answer."""
