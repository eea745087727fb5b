"""The HubSpot app as files: what `hs project upload` needs, copied out of the installed package. No call, no sign-in.

    connectors/hubspot/app/hsproject.json, src/   ->   FOLDER/hsproject.json, src/

Tests, preview and tooling of the cards stay behind: HubSpot builds what is under src and nothing else.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from connectors import projects
from connectors.contract import Check
from connectors.hubspot import GROUP
from connectors.hubspot.fields import LABEL, PROPERTIES

if TYPE_CHECKING:
    from pathlib import Path

UPLOADED: Final = ("hsproject.json", "src")
LEFT: Final = frozenset({"node_modules", "build", "dist"})
DEPLOY: Final = "uploads it: cd {folder}, hs account auth, hs project upload"


def project(folder: Path) -> Check:
    """Write the project into a folder; files of ours that are there are replaced, others are left alone."""
    return projects.told("hubspot: app", files("connectors.hubspot") / "app", folder, top=UPLOADED, left=LEFT, deploy=DEPLOY)


def definitions(folder: Path) -> Check:
    """Write the property definitions for an admin of a portal where `provision` may not make them."""
    subject, file = "hubspot: properties", folder / "hubspot-properties.json"
    document = {kind: {"group": {"name": GROUP, "label": LABEL}, "properties": list(wanted)} for kind, wanted in PROPERTIES.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        return Check(subject=subject, state="error", detail=f"{folder} cannot be written: {error.strerror}", mend="name another folder")
    return Check(subject=subject, state="ok", detail=f"written to {file}", mend="an admin makes them by hand where provision may not")
