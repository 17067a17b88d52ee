"""What all sections of the configuration have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Its values never change, and it has no others."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
