"""actionlint has nothing to say of what GitHub is told to run."""

import subprocess
from pathlib import Path

from infra.paths import CHECKOUT, VAR

ACTIONLINT = VAR / "setup" / "bin" / "actionlint"


def _said(*files: Path) -> tuple[int, str]:
    done = subprocess.run([str(ACTIONLINT), *map(str, files)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_workflows_are_well() -> None:
    assert _said(*sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))) == (0, "")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ a.b }}\n"
    )
    status, said = _said(wrong)
    assert status == 1
    assert "undefined variable" in said
