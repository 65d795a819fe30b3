#!/bin/sh
# Asks PyPI's vulnerability service about everything that requirements.lock pins. Status: 0 nothing is known, or
# nobody could be asked; 1 something is known. With --strict not being able to ask is 2.
set -eu
cd "$(dirname "$0")/.."

VENV=var/setup/pip-audit
FOUND=var/setup/pip-audit.json
SAID=var/setup/pip-audit.log
mkdir -p var/setup

cannot_ask() {
    printf '[audit] not done: %s\n' "$1" >&2
    if [ "${2:-}" = --strict ]; then exit 2; fi
    exit 0
}

if [ ! -x "$VENV/bin/pip-audit" ]; then
    .venv/bin/python -m venv "$VENV"
    "$VENV/bin/pip" install --quiet --disable-pip-version-check pip-audit >"$SAID" 2>&1 ||
        cannot_ask "pip-audit can't be installed ($SAID)" "${1:-}"
fi

rm -f "$FOUND"
status=0
timeout 120 "$VENV/bin/pip-audit" --requirement requirements.lock --require-hashes --disable-pip \
    --progress-spinner off --timeout 10 --format json --output "$FOUND" >"$SAID" 2>&1 || status=$?
# It ends with 1 for what it finds and for what it can't ask; only in the first case there is a report.
if [ ! -s "$FOUND" ]; then
    cannot_ask "the vulnerability service did not answer ($SAID)" "${1:-}"
fi
if [ "$status" -ne 0 ]; then
    cat "$SAID"
    .venv/bin/python -m json.tool "$FOUND" | grep -A 12 '"vulns": \[$' >&2 || true
    printf '[audit] known vulnerabilities: %s\n' "$FOUND" >&2
    exit 1
fi
printf '[audit] nothing known about what requirements.lock pins\n'
