#!/bin/sh
# Removes the local platform's data. What `make setup` fetched (var/setup, var/jars, var/web) stays.
set -eu
cd "$(dirname "$0")/.."
[ -d var ] || exit 0
if [ -e var/run.lock ] && ! flock --nonblock var/run.lock true; then
    echo 'The platform is running: end it first (Ctrl-C where it was started).' >&2
    exit 1
fi
find var -mindepth 1 -maxdepth 1 ! -name setup ! -name jars ! -name web ! -name run.lock -exec rm -rf {} +
echo 'Local data removed; the next `make run` starts anew.'
