#!/bin/sh
# npm.sh ARGUMENT… - npm: the one on the path, or else this version of it as its makers publish it, with all it needs, in build/npm.
# Debian's comes with 370 packages, half of all that ./check installs.
set -eu
version=10.9.9 # the last that Debian 12's Node.js 18 runs
sha512=d60fba8cb42f688b81e33c2f1cbef2ad7b977166700ec0ad057f1b6d60ea6ef2524abf673e20c35931cd8305d1dbb8887134d6eefdc0e7b8435bd458bf65b862

command -v npm > /dev/null && exec npm "$@"
npm=$(dirname "$0")/../build/npm
if [ ! -f "$npm/$version" ]; then
        registry=${npm_config_registry:-$(sed -n 's/^registry *= *//p' ~/.npmrc 2> /dev/null || :)}
        registry=${registry:-https://registry.npmjs.org}
        rm -rf "$npm"
        mkdir -p "$npm"
        # apt's own way of fetching a file; one of another hash it refuses.
        /usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file "${registry%/}/npm/-/npm-$version.tgz" "$npm/tgz" "SHA512:$sha512" >&2
        tar -xzf "$npm/tgz" -C "$npm" --strip-components=1 --no-same-owner
        : > "$npm/$version"
fi
export npm_config_update_notifier=false
exec node "$npm/bin/npm-cli.js" "$@"
