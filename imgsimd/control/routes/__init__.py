"""The HTTP routes under `/v1`, a module for each topic, with what goes over the socket there.

A module's `routes` takes the parts of the daemon that it needs. Requests are checked by pydantic;
answers are dataclasses, which are made from the daemon's own values and are not checked again.
"""
