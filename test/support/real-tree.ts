import { shell } from './installation.ts'

/**
 * Makes a tree of at least `count` real files under `target`, from what every development machine has:
 * headers, scripts, documents, binaries, with links of both kinds, odd names, sparse files, devices,
 * FIFOs and xattrs. Returns the number of entries.
 */
export function makeRealTree(target: string, count: number): number {
  shell(
    `mkdir -p "$1/real"
     for source in /usr/include /usr/share/doc /usr/lib/python3 /usr/share/perl /usr/share/zoneinfo "$3/node_modules" /usr/lib/x86_64-linux-gnu/perl-base; do
       [ -e "$source" ] || continue
       [ "$(find "$1" | wc -l)" -lt "$2" ] || break
       mkdir -p "$1/real$source"
       rsync -aHAX --max-size=256k "$source/" "$1/real$source/"
     done
     # What is still missing comes from more copies under other names, with other contents.
     n=0
     while [ "$(find "$1" | wc -l)" -lt "$2" ]; do
       n=$((n + 1))
       mkdir -p "$1/more/$n"
       for i in $(seq 1000); do echo "file $n of $i, which differs from all others" > "$1/more/$n/$i.txt"; done
     done
     mkdir -p "$1/special/empty" && cd "$1/special"
     head -c 3000000 /dev/urandom > random
     cp /bin/bash binary
     ln random hard-link
     ln -s random symbolic-link
     ln -s /nowhere/at/all dangling-link
     truncate -s 64M sparse && printf here | dd of=sparse bs=1 seek=30000000 conv=notrunc status=none
     mkfifo fifo
     mknod null c 1 3
     mknod block b 7 200
     printf x > "$(printf 'not-utf8-\\xff\\xfe')"
     printf y > 'spaces and "quotes" and $dollars'
     printf z > "$(printf 'new\\nline')"
     printf w > "$(printf 'n%.0s' $(seq 255))"
     touch -d '1969-12-31 23:59:58.123456789' before-the-epoch
     touch -d '2038-01-20 12:34:56.987654321' far-ahead
     setfattr -n user.note -v 'an attribute' random
     setfattr -n user.binary -v 0x00ff10 binary
     chmod 4755 binary; chmod 1777 empty; chown 1234:4321 before-the-epoch`,
    target,
    String(count),
    new URL('../..', import.meta.url).pathname.replace(/\/$/, ''),
  )
  return Number(shell('find "$1" | wc -l', target))
}
