#!/bin/bash
# The main job, from an empty bucket to a lost machine, on the embedded default (a local folder as bucket).
#
# Sets up what is missing, makes an encrypted file system, mounts it, copies a real tree in, shows the
# statistics, kills the daemon and deletes all local state, mounts again from the bucket alone, and
# compares byte by byte. Everything lives in a temporary folder and is removed at the end.
#
#   scripts/demo.sh [TREE]       TREE: what to copy; default: this machine's /usr/include and /usr/share/doc
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
"$here/scripts/setup.sh"

work=$(mktemp -d /tmp/stratus-demo.XXXXXX)
bucket=$work/bucket state=$work/state mount_point=$work/mnt
mkdir "$bucket" "$state" "$mount_point"
url=local://$bucket
stratus=$here/bin/stratus
if [ $# -gt 0 ]; then trees=("$@"); else trees=(/usr/include /usr/share/doc); fi

say() { printf '\n== %s\n' "$*"; }
finish() {
  if mountpoint -q "$mount_point" 2>/dev/null; then "$stratus" umount --quiet "$mount_point" || umount -l "$mount_point"; fi
  rm -rf "$work"
}
trap finish EXIT

say "Make an encrypted file system in $url"
printf 'demo passphrase\ndemo passphrase\n' | "$stratus" mkfs "$url"

say "Mount it on $mount_point"
echo 'demo passphrase' | "$stratus" mount --cachedir "$state" "$url" "$mount_point"
df -h "$mount_point"

say "Copy ${trees[*]} in: $(find "${trees[@]}" | wc -l) files, folders and links"
mkdir "$mount_point/first" "$mount_point/second"
time cp -a "${trees[@]}" "$mount_point/first/"
echo "... and again under another name, which adds almost nothing to the bucket"
cp -a "${trees[@]}" "$mount_point/second/"

say "Put everything into the bucket and look at the statistics"
"$stratus" ctrl flush "$mount_point"
"$stratus" stat "$mount_point"
echo "The bucket: $(find "$bucket" -type f | wc -l) objects, $(du -sh "$bucket" | cut -f1)"

say "Lose the machine: kill -9 the daemon, delete all local state"
pid=$("$stratus" stat --json "$mount_point" | sed -E 's/.*"pid":([0-9]+).*/\1/')
kill -9 "$pid"
rm -rf "${state:?}"/*

say "Mount again from the bucket alone"
echo 'demo passphrase' | "$stratus" mount --cachedir "$state" "$url" "$mount_point"

say "Compare with the originals"
for tree in "${trees[@]}"; do
  diff -r --no-dereference "$tree" "$mount_point/first/$(basename "$tree")"
  rsync -aHAXn --delete --itemize-changes "$tree/" "$mount_point/second/$(basename "$tree")/" | tee "$work/differences"
  [ ! -s "$work/differences" ]
done
echo "equal, byte by byte and attribute by attribute"

say "Unmount and check"
"$stratus" umount "$mount_point"
echo 'demo passphrase' | "$stratus" fsck "$url"
say "Done"
