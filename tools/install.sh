#!/bin/sh
# install.sh run|check|cover - install what is missing of tools/packages.txt, and the npm packages.
# "check" includes "run", "cover" includes both. Says what it does; does nothing where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
run) wanted='run' ;;
check) wanted='run|check' ;;
cover) wanted='run|check|cover' ;;
*) echo "usage: tools/install.sh run|check|cover" >&2; exit 2 ;;
esac

# What another source has already put on the path need not come from Debian (node, for one).
is_there() {
        case $1 in
        npm | clang | chromium | gcovr) command -v "$1" >/dev/null 2>&1 && return 0 ;;
        esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=
for package in $(awk -v wanted="^($wanted)\$" '!/^#/ && $2 ~ wanted { print $1 }' tools/packages.txt); do
        is_there "$package" || missing="$missing $package"
done

if [ -n "$missing" ]; then
        command -v apt-get >/dev/null || { echo "please install:$missing" >&2; exit 3; }
        as_root=
        if [ "$(id -u)" -ne 0 ]; then
                command -v sudo >/dev/null || { echo "please install as root: apt-get install$missing" >&2; exit 3; }
                as_root=sudo
        fi
        echo "installing:$missing"
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get update -qq
        # shellcheck disable=SC2086 # a list of names
        $as_root apt-get install -y -qq --no-install-recommends $missing
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        echo "fetching the npm packages of package-lock.json"
        npm ci --ignore-scripts --no-audit --no-fund --silent
        touch node_modules/.package-lock.json
fi
