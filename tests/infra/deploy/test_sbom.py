"""`make sbom` lists all that is shipped."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from infra.paths import CHECKOUT
from tests.infra.deploy.manifests import DEPLOY


def test_it_lists_what_the_locks_pin(tmp_path: Path) -> None:
    script = ["sh", str(DEPLOY / "sbom.sh"), str(tmp_path)]
    told = os.environ | {"BIN": str(Path(sys.executable).parent)}
    done = subprocess.run(script, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    locks = {
        "image.cdx.json": DEPLOY / "docker" / "requirements.lock",
        "development.cdx.json": CHECKOUT / "requirements.lock",
    }
    for name, lock in locks.items():
        found = json.loads((tmp_path / name).read_text())
        pinned = set(re.findall(r"^(\S+?)(?:\[.*\])?==([^\s;]+)", lock.read_text(), re.MULTILINE))
        assert found["bomFormat"] == "CycloneDX"
        assert {(one["name"], one["version"]) for one in found["components"]} == pinned
        assert all(one["externalReferences"][0]["hashes"] for one in found["components"])
        assert found["metadata"]["component"]["name"] == "aicc"
    web = json.loads((tmp_path / "web.cdx.json").read_text())
    asked = json.loads((CHECKOUT / "infra/web/package.json").read_text())["dependencies"]
    assert {one["name"]: one["version"] for one in web["components"]} == asked


def test_wrong_usage_says_so() -> None:
    done = subprocess.run(["sh", str(DEPLOY / "sbom.sh")], capture_output=True, text=True, check=False)
    assert (done.returncode, "usage" in done.stderr) == (2, True)
