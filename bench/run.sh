#!/bin/bash
# Measures Stratus with a workload script that knows any mounted file system.
#
#   WORKLOAD=path/to/bench.sh bench/run.sh [NAME=VALUE...]
#
# Makes an encrypted file system with defaults on local:// in a temporary folder, mounts it, gives the
# workload the hooks it asks for (flush, remount with an empty cache, store folder, process id), prints
# its figures, and cleans up. MOUNT_OPTIONS adds options to every mount.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
: "${WORKLOAD:?set WORKLOAD to the workload script}"
work=${WORK:-$(mktemp -d /tmp/stratus-bench.XXXXXX)}
mount_point=$work/mnt store=$work/store cache=$work/cache
mkdir -p "$mount_point" "$store" "$cache"
stratus=$here/bin/stratus
url=local://$store

mount_it() { echo bench | "$stratus" mount --quiet --cachedir "$cache" ${MOUNT_OPTIONS:-} "$url" "$mount_point"; }
unmount_it() { "$stratus" umount --quiet "$mount_point"; }
export -f mount_it unmount_it
export stratus cache url mount_point MOUNT_OPTIONS="${MOUNT_OPTIONS:-}"

printf 'bench\nbench\n' | "$stratus" mkfs --quiet "$url"
mount_it
trap 'unmount_it || umount -l "$mount_point"; [ -n "${WORK:-}" ] || rm -rf "$work"' EXIT

FLUSH_CMD="$stratus ctrl --quiet flush $mount_point" \
REMOUNT_CMD="unmount_it && rm -rf $cache/* && mount_it" \
STORE_DIR=$store \
PID_CMD="$stratus stat --json $mount_point | sed -E 's/.*\"pid\":([0-9]+).*/\1/'" \
  bash "$WORKLOAD" "$mount_point"
