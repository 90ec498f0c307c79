# shellcheck shell=bash
# Sourced by tests/run and tests/bench: where things are built, and the tools that both set up for themselves.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Where cargo builds. Everything that the scripts install goes below it, so that removing it removes all of it.
target=${CARGO_TARGET_DIR:-target}
[[ $target == /* ]] || target=$root/$target
tools=$target/tools

fail() {
    printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

need() {
    command -v "$1" >/dev/null || fail "needs $1: $2"
}

# A virtual environment with exactly the packages of the requirements files named; sets $python. Made again when they
# change.
python_environment() {
    need python3 'Python 3.11 or later, with its venv module (Debian: apt-get install python3 python3-venv)'
    local files=() wanted
    for name in "$@"; do files+=("$root/tests/$name"); done
    wanted=$(cat "${files[@]}" | cksum | cut -d' ' -f1)
    local venv=$tools/venv-$wanted
    python=$venv/bin/python
    [[ -e $venv/ready ]] && return
    rm -rf "$venv"
    python3 -m venv "$venv" || fail 'cannot make a virtual environment'
    local arguments=()
    for file in "${files[@]}"; do arguments+=(-r "$file"); done
    "$python" -m pip install --quiet --disable-pip-version-check "${arguments[@]}" || fail 'pip failed'
    touch "$venv/ready"
}

# The linter of the contract; sets $buf.
buf_linter() {
    need npm 'Node.js 18 or later with npm (Debian: apt-get install nodejs npm)'
    local version=1.75.0
    local folder=$tools/buf-$version
    buf=$folder/node_modules/.bin/buf
    [[ -x $buf ]] && return
    mkdir -p "$folder"
    npm install --silent --no-save --no-audit --no-fund --prefix "$folder" "@bufbuild/buf@$version" || fail 'npm failed'
}
