"""The gallery as a file for other programs and for another machine: written, and read again.

All of this runs in processes that `imgsimctl` starts, never in the daemon.
"""
