#!/usr/bin/env bash
# Makes a Debian machine with Node.js 20 ready to build, run and test: Debian packages, npm packages,
# the native addon, dist/. Running it again does only what is missing.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

# fuse3 has fusermount3, psmisc has fuser; fio, rsync, attr, acl and tar are what the tests drive.
packages=(fuse3 psmisc python3 make g++ pkg-config rsync attr acl tar fio)

log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() { printf 'setup: %s\n' "$1"; }
fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}
# Runs a command, and shows what it printed only if it failed.
quietly() {
  "$@" >"$log" 2>&1 </dev/null || {
    local status=$?
    cat "$log" >&2
    fail "failed with status $status: $*"
  }
}
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root, and there is no sudo: $*"
  fi
}

node_ok='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
command -v node >/dev/null || fail "Node.js is missing; install 20.19 or newer (https://nodejs.org)"
node -e "$node_ok" || fail "Node.js $(node --version) is too old; 20.19 or newer is needed"
say "Node.js $(node --version)"

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$state" = 'install ok installed' ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  say 'Debian packages are present'
else
  say "installing Debian packages: ${missing[*]}"
  quietly as_root apt-get update -qq
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

if node scripts/dependencies-current.mjs; then
  say 'npm packages are present'
else
  say 'installing npm packages (compiles two of them, one to three minutes)'
  # Headers that came with Node spare node-gyp a download.
  prefix=$(node -p 'require("node:path").dirname(require("node:path").dirname(process.execPath))')
  if [ -e "$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$prefix"; fi
  quietly npm ci
fi

say 'building the native addon and dist/'
quietly npm run build

if [ ! -e /dev/fuse ]; then
  fail '/dev/fuse is missing, so nothing can be mounted. Load the module: modprobe fuse' \
    'If the module is there but the file is not: mknod /dev/fuse c 10 229 && chmod 666 /dev/fuse' \
    'In a container: docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined'
fi
if ! (exec 3<>/dev/fuse) 2>/dev/null; then
  fail '/dev/fuse cannot be opened. As root: modprobe fuse; chmod 666 /dev/fuse' \
    'In a container: docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined'
fi
say '/dev/fuse is usable'
say 'ready'
