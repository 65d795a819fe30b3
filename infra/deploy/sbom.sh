#!/bin/sh
# Writes what is shipped and what it is tested with as CycloneDX into the directory of the argument:
#   image.cdx.json        the Python packages of the image, by infra/deploy/docker/requirements.lock
#   web.cdx.json          what pages draw with, by infra/web/package-lock.json
#   development.cdx.json  all that requirements.lock pins, tools and tests included
# The image's Debian packages are its base's: `docker buildx build --sbom=true` lists those, too.
# Example: sh infra/deploy/sbom.sh var/sbom. Status: 0 written, 1 not, 2 wrong usage.
set -eu
[ $# = 1 ] || { echo "usage: sh infra/deploy/sbom.sh DIRECTORY" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."

BIN=${BIN:-.venv/bin}

# The same input gives the same file: no serial number and no time.
python_parts() { # lock, file
    printf '[sbom] %s\n' "$2"
    "$BIN/cyclonedx-py" requirements "$1" --pyproject pyproject.toml --mc-type application \
        --output-reproducible --no-validate --spec-version 1.6 --output-format JSON --output-file "$out/$2"
}

python_parts infra/deploy/docker/requirements.lock image.cdx.json
python_parts requirements.lock development.cdx.json
printf '[sbom] web.cdx.json\n'
npm sbom --prefix infra/web --package-lock-only --omit=dev --sbom-format=cyclonedx --sbom-type=application \
    > "$out/web.cdx.json"
