"""What is true: tables, and the plain functions that change them. Nothing here knows Telegram.

`load()` imports every module of this package, so that all tables, letter checks and outcomes are known;
adding a capability is adding a file.
"""

import importlib
import pkgutil


def load() -> None:
    """Import every module here, so that no table is forgotten."""
    for module in pkgutil.iter_modules(__path__):
        if not module.ispkg:
            importlib.import_module(f"{__name__}.{module.name}")
