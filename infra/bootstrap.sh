#!/bin/sh
# Installs what is missing, and only that: system packages, the Python environment, Kafka's jars.
# Arguments are programs that only some commands need, most in a package of their own name (wrk for a bench).
# Each step leaves a stamp with the checksum of what it was made from, so a second run does nothing.
set -eu
cd "$(dirname "$0")/.."

STAMPS=var/setup
VENV=.venv
JARS=var/jars
WEB=var/web
ACTIONLINT=$STAMPS/bin/actionlint
ACTIONLINT_VERSION=v1.7.7
TOOLS=$*
mkdir -p "$STAMPS"
# Progress goes here also from a step whose output is kept in a file.
exec 3>&1

say() { printf '[setup] %s\n' "$*"; }
die() { printf '[setup] %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a silent command and says every 5 s that it is still at it.
patiently() { # what, command...
    what=$1
    shift
    (
        seconds=0
        while sleep 5 && kill -0 $$ 2>/dev/null; do
            seconds=$((seconds + 5))
            printf '[setup]   %s: %d s\n' "$what" "$seconds" >&3
        done
    ) &
    ticker=$!
    status=0
    "$@" || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    return "$status"
}

# --- system packages ---------------------------------------------------------------------------

MISSING=
want() { # package, reason
    say "missing: $1 ($2)"
    MISSING="$MISSING $1"
}

python_fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The distribution's own is built with profile-guided and link-time optimisation; one that pyenv or a bare
# `make` has built mostly is not, and every service is then a third slower (docs/benchmarks.md).
find_python() {
    if [ -n "${AICC_PYTHON:-}" ]; then echo "$AICC_PYTHON"; return; fi
    if python_fits /usr/bin/python3 && /usr/bin/python3 -c 'import venv, ensurepip' 2>/dev/null; then
        echo /usr/bin/python3
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if has "$name" && python_fits "$name"; then echo "$name"; return; fi
    done
}

# The Java runtime's major version, 0 where there is none.
java_major() {
    has java || { echo 0; return; }
    java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1 | grep . || echo 0
}

has_korean_font() {
    [ -n "$(fc-list :lang=ko family 2>/dev/null)" ]
}

has_postgres() {
    for found in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$found" ] && return 0
    done
    has initdb && has postgres
}

# The names that this release knows: Debian 12 has 17, later ones 21 or 25.
java_package() {
    for name in openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless; do
        if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; return; fi
    done
    echo default-jre-headless
}

package_of() { # program
    case $1 in
        nft) echo nftables ;;
        *) echo "$1" ;;
    esac
}

python_package() {
    for name in python3.13 python3.12 python3.11; do
        if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; return; fi
    done
    echo python3
}

find_missing() {
    MISSING=
    python=$(find_python)
    if [ -z "$python" ]; then
        package=$(python_package)
        want "$package" "the platform needs Python 3.11 or newer"
        want "$package-venv" "for the virtual environment"
    elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        want "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" \
            "for the virtual environment"
    fi
    [ "$(java_major)" -ge 17 ] || want "$(java_package)" "Kafka needs Java 17 or newer"
    has mvn || [ -f "$STAMPS/jars" ] || want maven "it fetches Kafka's jars"
    has_postgres || want postgresql "the database"
    has redis-server || want redis-server "the cache and the way to the gateway"
    has npm || [ -f "$STAMPS/web" ] || want npm "it fetches what pages and reports draw with"
    has chromium || has chromium-browser || want chromium "tests look at pages as people do"
    has docker-compose || want docker-compose "compose files are checked with it"
    has go || [ -x "$ACTIONLINT" ] || want golang-go "it builds what checks GitHub's workflows"
    has promtool || want prometheus "alert rules are tried with it"
    has prometheus-alertmanager || want prometheus-alertmanager "the ways of alerts are tried with it"
    has_korean_font || want fonts-nanum "pages are looked at in Korean, too"
    for tool in $TOOLS; do
        has "$tool" || want "$(package_of "$tool")" "asked for by name"
    done
    has unshare || want util-linux "PostgreSQL runs in a user namespace, never as root"
}

# Debian starts a server when its package is installed, and at each boot. This machine's ports are its
# owner's: policy-rc.d holds them for the time of the install, and what we brought is disabled after it.
APT_SCRIPT='
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    printf "#!/bin/sh\nexit 101\n" > "$policy"
    chmod 755 "$policy"
fi
install() { apt-get install -y --no-install-recommends "$@"; }
# Lists that are weeks old name files that the mirrors no longer have.
install "$@" || { apt-get update && install "$@"; }
if command -v systemctl >/dev/null 2>&1; then
    for package in "$@"; do
        case $package in
            postgresql | redis-server | prometheus | prometheus-alertmanager) systemctl disable --quiet "$package" 2>/dev/null || true ;;
        esac
    done
fi
'

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    # shellcheck disable=SC2086
    set -- $MISSING
    command="apt-get update && apt-get install -y --no-install-recommends $*"
    has apt-get || die "This is not Debian or Ubuntu. Install by hand what is named above, then run this again."
    if [ "$(id -u)" != 0 ]; then
        has sudo || die "Neither root nor sudo. Have an administrator run:  $command"
        sudo -n true 2>/dev/null || [ -t 0 ] \
            || die "sudo asks for a password and there is no terminal. Run:  sudo sh -c '$command'"
    fi
    say "installing:$MISSING"
    log=$STAMPS/apt.log
    if ! patiently "system packages" as_root sh -c "$APT_SCRIPT" sh "$@" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "The packages could not be installed. By hand:  $command"
    fi
}

packages() {
    find_missing
    [ -n "$MISSING" ] || return 0
    if has apt-get; then
        lists_empty || apt_knows || refresh=yes
        if [ "${refresh:-}" = yes ] || lists_empty; then
            if [ "$(id -u)" = 0 ] || { has sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
                say "fetching the package lists"
                as_root apt-get update -q || die "apt-get update failed"
                find_missing # names may differ now that apt knows them
            fi
        fi
    fi
    install_packages
    find_missing
    [ -z "$MISSING" ] || die "still missing after the install:$MISSING"
}

lists_empty() { ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; }

apt_knows() {
    # shellcheck disable=SC2086
    apt-cache show $MISSING >/dev/null 2>&1
}

# --- steps with stamps -------------------------------------------------------------------------

checksum() { cat "$@" | sha256sum | cut -d ' ' -f 1; }
done_already() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }

environment() {
    python=$(find_python)
    sum="$(checksum requirements.lock pyproject.toml) $python"
    if done_already python "$sum" && [ -x "$VENV/bin/aicc-run" ]; then return; fi
    # A checkout whose environment another Python has made gets it anew.
    if [ "$(cut -s -d ' ' -f 2 "$STAMPS/python" 2>/dev/null)" != "$python" ] \
        || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        say "making $VENV with $python"
        "$python" -m venv --clear "$VENV"
    fi
    say "installing the Python packages of requirements.lock (about a minute)"
    patiently "Python packages" "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
        --require-hashes -r requirements.lock
    # "compat" puts the checkout itself on the path, so that packages added later are found too.
    "$VENV/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --config-settings editable_mode=compat -e .
    echo "$sum" > "$STAMPS/python"
}

jars() {
    sum=$(checksum infra/kafka/pom.xml)
    if done_already jars "$sum"; then return; fi
    say "fetching Kafka's jars by Maven (54 MB)"
    rm -rf "$JARS.new" "$JARS"
    # Maven ends with colour codes whatever it is told.
    log=$STAMPS/maven.log
    if ! patiently "Kafka's jars" mvn --batch-mode --quiet --file infra/kafka/pom.xml \
        dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$PWD/$JARS.new" >"$log" 2>&1; then
        tail -n 15 "$log" | sed "s/$(printf '\033')\[[0-9;]*m//g" >&2
        die "Kafka's jars could not be fetched; all that Maven said is in $log"
    fi
    mv "$JARS.new" "$JARS"
    echo "$sum" > "$STAMPS/jars"
}

web() {
    sum=$(checksum infra/web/package.json infra/web/package-lock.json)
    if done_already web "$sum"; then return; fi
    say "fetching what pages and reports draw with by npm"
    rm -rf "$WEB"
    mkdir -p "$WEB"
    cp infra/web/package.json infra/web/package-lock.json "$WEB"
    log=$STAMPS/npm.log
    if ! patiently "npm packages" npm ci --prefix "$WEB" --no-audit --no-fund >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "The npm packages could not be fetched; all that npm said is in $log"
    fi
    echo "$sum" > "$STAMPS/web"
}

actionlint() {
    if done_already actionlint "$ACTIONLINT_VERSION" && [ -x "$ACTIONLINT" ]; then return; fi
    say "building actionlint $ACTIONLINT_VERSION"
    log=$STAMPS/go.log
    if ! patiently "actionlint" env GOBIN="$PWD/$STAMPS/bin" \
        go install "github.com/rhysd/actionlint/cmd/actionlint@$ACTIONLINT_VERSION" >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        die "actionlint could not be built; all that Go said is in $log"
    fi
    echo "$ACTIONLINT_VERSION" > "$STAMPS/actionlint"
}

packages
environment
jars
web
actionlint
