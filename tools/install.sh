#!/bin/sh
# install.sh build|run|check|cover|bench - install what is missing of tools/packages.txt, and, but for "build", the npm packages.
# "run" includes "build", "check" includes "run"; "cover" and "bench" include all three. Says what it does; does nothing where nothing is missing.
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
build) wanted='build' ;;
run) wanted='build|run' ;;
check) wanted='build|run|check' ;;
cover) wanted='build|run|check|cover' ;;
bench) wanted='build|run|check|bench' ;;
*) echo "usage: tools/install.sh build|run|check|cover|bench" >&2; exit 2 ;;
esac

# What another source has already put on the path need not come from Debian (node, for one).
is_there() {
        case $1 in
        nodejs) command -v node >/dev/null 2>&1 && return 0 ;;
        clang | chromium-headless-shell) command -v "$1" >/dev/null 2>&1 && return 0 ;;
        llvm) command -v llvm-cov >/dev/null 2>&1 && return 0 ;;
        esac
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

from_debian() {
        command -v apt-get >/dev/null || { echo "please install: $*" >&2; exit 3; }
        as_root=
        if [ "$(id -u)" -ne 0 ]; then
                command -v sudo >/dev/null || { echo "please install as root: apt-get install $*" >&2; exit 3; }
                as_root=sudo
        fi
        echo "installing from Debian, some minutes: $*"
        mkdir -p build
        log=build/install.log
        apt_get() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" < /dev/null; }
        # All of it goes to the log, a line a step to the reader.
        {
                apt_get update && apt_get install -y --no-install-recommends "$@" || echo "apt-get failed"
        } 2>&1 | tee "$log" | awk '
                /newly installed/ { print "  " $0 }
                /^Get:/ && ++got % 50 == 0 { print "  " got " files fetched" }
                /^Setting up/ && ++set % 50 == 0 { print "  " set " packages set up" }
                { fflush() }'
        if tail -n 1 "$log" | grep -q '^apt-get failed'; then
                tail -n 30 "$log" >&2
                exit 3
        fi
}

missing=
for package in $(awk -v wanted="^($wanted)\$" '!/^#/ && $2 ~ wanted { print $1 }' tools/packages.txt); do
        is_there "$package" || missing="$missing $package"
done
# shellcheck disable=SC2086 # a list of names
[ -z "$missing" ] || from_debian $missing

if [ "$1" != build ] && { [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; }; then
        echo "fetching the npm packages of package-lock.json"
        # A registry that asks who it is does not give it to apt.
        tools/npm.sh --version > /dev/null || from_debian npm
        tools/npm.sh ci --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null || { echo "npm could not fetch them: see above" >&2; exit 3; }
        touch node_modules/.package-lock.json
fi
