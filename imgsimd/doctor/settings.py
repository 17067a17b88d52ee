"""The settings that count, whatever is wrong with the configuration."""

from __future__ import annotations

from imgsimd import config
from imgsimd.config import Settings
from imgsimd.doctor.situation import Situation
from imgsimd.errors import ConfigError


def of(situation: Situation) -> Settings:
    """Those of the configuration; the defaults if it cannot be used, of which a check tells."""
    try:
        return config.load(situation.where.config)
    except ConfigError:
        return Settings()
