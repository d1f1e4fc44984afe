#!/usr/bin/env bash
# Sets up, then runs every gate and every tier of tests, even after one of them failed. The last line
# is `N passed, N failed`; the exit status is 0 only if every gate held and no test failed or skipped.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

# A record of an earlier run must not stand in for this one.
rm -rf node_modules/.tiers

failed=()
gate() {
  local name=$1
  shift
  printf '\n# gate %s\n' "$name"
  "$@" || failed+=(--failed-gate "$name")
}

gate setup scripts/setup.sh
for name in build typecheck:test lint layers api unused; do
  gate "$name" npm run --silent "$name"
done
# assert-tiers judges the tests, from what each tier recorded.
node scripts/run-tiers.mjs unit conformance property crash fuse e2e

printf '\n# summary\n'
exec node scripts/assert-tiers.mjs "${failed[@]}"
