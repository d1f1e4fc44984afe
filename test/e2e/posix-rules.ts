/**
 * What programs expect of a POSIX file system on Linux, as data: each rule is a sentence and a function
 * that throws when a folder breaks it. The rules know nothing of Stratus, so that the local disk can
 * prove them right.
 *
 * They are small Python programs, because Python reaches the system calls that Node.js does not: devices,
 * xattrs, `renameat2`, `utimensat` with its special values, several processes.
 */
import { run } from '../support/installation.ts'

/** Throws when the empty folder, which belongs to root, does not keep the rule. */
export type PosixRule = (folder: string) => void

/** The interpreter of Debian, which other users can run too. */
const PYTHON = '/usr/bin/python3'

const PRELUDE = `
import ctypes, errno, fcntl, mmap, os, shutil, signal, socket, stat, subprocess, sys, time, traceback
NOBODY = 65534
NOREPLACE, EXCHANGE = 1, 2
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
libc = ctypes.CDLL(None, use_errno=True)
os.umask(0o022)

def same(got, expected):
    if got != expected:
        raise AssertionError(f'{str(got)[:200]}, not {str(expected)[:200]}')

def refused(number, call, *args, **named):
    try:
        call(*args, **named)
    except OSError as error:
        same(errno.errorcode[error.errno], errno.errorcode[number])
    else:
        raise AssertionError(f'allowed, without {errno.errorcode[number]}')

def put(path, data=b''):
    with open(path, 'wb') as file:
        file.write(data)

def get(path):
    with open(path, 'rb') as file:
        return file.read()

def system(name, *args):
    result = getattr(libc, name)(*args)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result

def renameat2(old, new, flags):
    system('renameat2', -100, os.fsencode(old), -100, os.fsencode(new), flags)

def utimensat(path, access, modification):
    times = (ctypes.c_long * 4)(*access, *modification)
    system('utimensat', -100, os.fsencode(path), times, 0)

def fork(body):
    pid = os.fork()
    if pid == 0:
        try:
            body()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    return pid

def together(*bodies):
    failed = [pid for pid in [fork(body) for body in bodies] if os.waitpid(pid, 0)[1] != 0]
    same(len(failed), 0)

def as_nobody(body):
    def other():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        body()
    together(other)

def later(path):
    "Waits until the clock has left the times of a file behind."
    found = os.stat(path)
    while time.time_ns() < max(found.st_mtime_ns, found.st_ctime_ns) + 20_000_000:
        time.sleep(0.001)

def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)
`

/** Makes a rule of a Python program, which runs in the folder. Backslashes are Python's. */
function python({ raw }: TemplateStringsArray): PosixRule {
  const program = PRELUDE + raw.join('')
  return (folder) => {
    const { status, stdout, stderr } = run('env', ['-C', folder, PYTHON, '-c', program])
    if (status !== 0) throw new Error(`${stdout}${stderr}`)
  }
}

const files: Record<string, PosixRule> = {
  'a file holds what was written, at every offset': python`
data = os.urandom(3_000_001)
put('file', data)
same(get('file'), data)
fd = os.open('file', os.O_RDWR)
for at in (0, 1, 4095, 4096, 1_048_575, 1_048_576, 2_999_000):
    os.pwrite(fd, b'[' + bytes(700) + b']', at)
    data = data[:at] + b'[' + bytes(700) + b']' + data[at + 702:]
os.pwritev(fd, [b'one', b'two'], 77)
data = data[:77] + b'onetwo' + data[83:]
same(os.pread(fd, 10, 3_000_000), data[3_000_000:])
same(os.pread(fd, 10, 3_000_001), b'')
os.close(fd)
same(get('file'), data)`,

  'O_EXCL refuses what exists, even a dangling link': python`
put('file')
os.symlink('nowhere', 'link')
for name in ('file', 'link'):
    refused(errno.EEXIST, os.open, name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
assert not os.path.lexists('nowhere')`,

  'O_TRUNC empties, O_NOFOLLOW and O_DIRECTORY look first': python`
put('file', b'content')
os.symlink('file', 'link')
refused(errno.ELOOP, os.open, 'link', os.O_RDONLY | os.O_NOFOLLOW)
refused(errno.ENOTDIR, os.open, 'file', os.O_RDONLY | os.O_DIRECTORY)
refused(errno.ENOTDIR, os.open, 'file/', os.O_RDONLY)
refused(errno.EISDIR, os.open, '.', os.O_WRONLY)
os.close(os.open('link', os.O_WRONLY | os.O_TRUNC))
same(os.stat('file').st_size, 0)`,

  'O_APPEND by several processes loses and mixes nothing': python`
def writer(name):
    def body():
        fd = os.open('log', os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        for n in range(400):
            line = f'{name} {n} '.encode().ljust(37 + n % 50, b'.') + b'\n'
            same(os.write(fd, line), len(line))
        os.close(fd)
    return body
together(*[writer(name) for name in 'abcd'])
seen = {name: 0 for name in 'abcd'}
for line in get('log').decode().splitlines():
    name, n, rest = line.split(' ')
    same(int(n), seen[name])
    same(len(line), 37 + int(n) % 50)
    seen[name] += 1
same(seen, {name: 400 for name in 'abcd'})`,

  'O_DIRECT reads and writes past the cache': python`
page = mmap.mmap(-1, 8192)
page.write(b'd' * 8192)
fd = os.open('file', os.O_CREAT | os.O_RDWR | os.O_DIRECT)
same(os.pwritev(fd, [page], 4096), 8192)
back = mmap.mmap(-1, 4096)
same(os.preadv(fd, [back], 8192), 4096)
same(back[:], b'd' * 4096)
os.close(fd)
same(get('file'), bytes(4096) + b'd' * 8192)`,

  'fsync and fdatasync work on files and directories': python`
for name, flags in (('file', os.O_CREAT | os.O_RDWR), ('.', os.O_RDONLY)):
    fd = os.open(name, flags)
    if name == 'file': os.write(fd, b'x' * 100_000)
    os.fsync(fd)
    os.fdatasync(fd)
    os.close(fd)
fd = os.open('file', os.O_WRONLY | os.O_SYNC)
os.pwrite(fd, b'y', 5)
same(get('file')[:7], b'xxxxxyx')`,

  'what is beyond 2^53 or below 0 is refused': python`
put('file', b'x')
refused(errno.EINVAL, os.truncate, 'file', -1)
refused(errno.EFBIG, os.truncate, 'file', 2**63 - 1)
fd = os.open('file', os.O_RDWR)
refused(errno.EINVAL, os.lseek, fd, -1, os.SEEK_SET)
same(os.stat('file').st_size, 1)`,

  'posix_fallocate and copy_file_range do what they say': python`
put('source', bytes(range(256)) * 8000)
source, target = os.open('source', os.O_RDONLY), os.open('target', os.O_CREAT | os.O_RDWR)
os.posix_fallocate(target, 0, 5000)
same(os.fstat(target).st_size, 5000)
done = 0
while done < 1_000_000:
    done += os.copy_file_range(source, target, 1_000_000 - done, 123 + done, 5000 + done)
same(get('target'), bytes(5000) + get('source')[123:1_000_123])`,

  'a program can be run, and is not written while it runs': python`
shutil.copy('/bin/sleep', 'program')
running = subprocess.Popen(['./program', '60'])
try:
    refused(errno.ETXTBSY, os.open, 'program', os.O_WRONLY)
finally:
    running.kill()
    running.wait()
put('script', b'#!/bin/sh\necho ran "$1"\n')
refused(errno.EACCES, subprocess.run, ['./script'])
os.chmod('script', 0o755)
same(subprocess.run(['./script', 'it'], stdout=subprocess.PIPE).stdout, b'ran it\n')`,
}

const truncation: Record<string, PosixRule> = {
  'what was cut off is zeros after growing again': python`
for cut in (0, 1, 511, 4095, 4096, 4097, 100_000, 1_048_575, 1_048_576, 1_048_577, 2_500_000):
    put('file', b'x' * 3_000_000)
    os.truncate('file', cut)
    same(os.stat('file').st_size, cut)
    os.truncate('file', 3_000_000)
    same(get('file'), b'x' * cut + bytes(3_000_000 - cut))`,

  'a cut through an open file is seen at once, and later writes leave zeros between': python`
fd = os.open('file', os.O_CREAT | os.O_RDWR)
os.write(fd, b'x' * 9000)
os.ftruncate(fd, 5000)
same(os.pread(fd, 9000, 4990), b'x' * 10)
os.pwrite(fd, b'y', 8000)
same(os.pread(fd, 9000, 4990), b'x' * 10 + bytes(3000) + b'y')
os.fsync(fd)
os.ftruncate(fd, 4990)
os.ftruncate(fd, 8001)
same(os.pread(fd, 9000, 4980), b'x' * 10 + bytes(3011))
os.close(fd)
same(get('file')[4980:], b'x' * 10 + bytes(3011))`,

  'what was cut off stays away from mappings': python`
put('file', b'x' * 12_288)
with open('file', 'r+b') as file, mmap.mmap(file.fileno(), 12_288) as view:
    same(view[12_000:12_288], b'x' * 288)
    os.ftruncate(file.fileno(), 4100)
    os.ftruncate(file.fileno(), 12_288)
    same(view[4090:12_288], b'x' * 10 + bytes(8188))`,

  'truncation by a path and to the same size works, on directories it does not': python`
put('file', b'abc')
os.truncate('file', 3)
same(get('file'), b'abc')
os.mkdir('folder')
refused(errno.EISDIR, os.truncate, 'folder', 0)
refused(errno.ENOENT, os.truncate, 'none', 0)`,
}

const sparse: Record<string, PosixRule> = {
  'holes read as zeros': python`
fd = os.open('file', os.O_CREAT | os.O_RDWR)
places = (0, 5000, 1_048_576 * 3 - 2, 50_000_000, 2**32 + 17)
for at in places: os.pwrite(fd, b'data', at)
os.close(fd)
found = os.stat('file')
same(found.st_size, 2**32 + 21)
assert found.st_blocks > 0
with open('file', 'rb') as file:
    for at in places:
        file.seek(max(0, at - 300))
        before = min(at, 300)
        same(file.read(before + 4), bytes(before) + b'data')
    file.seek(60_000_000)
    same(file.read(9_000_000), bytes(9_000_000))
os.truncate('file', 5_000_000)`,

  'an offset of 16 TiB can be written and read': python`
end = 2**44 - 65_536
fd = os.open('file', os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b'far away', end)
os.close(fd)
same(os.stat('file').st_size, end + 8)
with open('file', 'rb') as file:
    file.seek(end - 8192)
    same(file.read(), bytes(8192) + b'far away')
    file.seek(2**43)
    same(file.read(100_000), bytes(100_000))
os.truncate('file', 10)
same(get('file'), bytes(10))`,

  'SEEK_DATA and SEEK_HOLE never call data a hole': python`
fd = os.open('file', os.O_CREAT | os.O_RDWR)
os.pwrite(fd, b'x' * 4096, 0)
os.pwrite(fd, b'x' * 4096, 8_388_608)
same(os.lseek(fd, 0, os.SEEK_DATA), 0)
hole = os.lseek(fd, 0, os.SEEK_HOLE)
assert 4096 <= hole <= 8_392_704
assert os.lseek(fd, 8_388_608, os.SEEK_HOLE) == 8_392_704
assert os.lseek(fd, 4096, os.SEEK_DATA) <= 8_388_608
refused(errno.ENXIO, os.lseek, fd, 8_392_704, os.SEEK_DATA)`,
}

const directories: Record<string, PosixRule> = {
  'the links of a directory are its name, itself and its subdirectories': python`
os.mkdir('a')
same(os.stat('a').st_nlink, 2)
for name in 'xyz': os.mkdir(f'a/{name}')
put('a/file')
same(os.stat('a').st_nlink, 5)
os.mkdir('b')
os.rename('a/x', 'b/x')
same((os.stat('a').st_nlink, os.stat('b').st_nlink), (4, 3))
same(os.stat('b/x/..').st_ino, os.stat('b').st_ino)
os.rmdir('a/y')
same(os.stat('a').st_nlink, 3)`,

  'only empty directories are removed, and only directories': python`
os.makedirs('a/b')
put('file')
refused(errno.ENOTEMPTY, os.rmdir, 'a')
refused(errno.ENOTDIR, os.rmdir, 'file')
refused(errno.EISDIR, os.unlink, 'a')
refused(errno.EINVAL, os.rmdir, 'a/b/.')
refused(errno.ENOTEMPTY, os.rmdir, 'a/b/..')
refused(errno.EEXIST, os.mkdir, 'a')
refused(errno.EEXIST, os.mkdir, 'file')
refused(errno.ENOENT, os.mkdir, 'none/below')
refused(errno.ENOTDIR, os.mkdir, 'file/below')
os.rmdir('a/b')
os.rmdir('a')
assert not os.path.exists('a')`,

  'a directory that is removed while open is empty and takes nothing new': python`
os.mkdir('gone')
fd = os.open('gone', os.O_RDONLY)
os.rmdir('gone')
same(os.listdir(fd), [])
assert stat.S_ISDIR(os.fstat(fd).st_mode)
refused(errno.ENOENT, os.open, 'file', os.O_CREAT | os.O_WRONLY, dir_fd=fd)
refused(errno.ENOENT, os.mkdir, 'folder', dir_fd=fd)
os.mkdir('gone')
put('gone/new')
same(os.listdir(fd), [])`,

  'a directory of 5,000 entries is listed whole, also while it changes': python`
os.mkdir('many')
for n in range(5000): put(f'many/stays-{n}')
def change():
    for n in range(1500):
        put(f'many/new-{n}')
        os.rename(f'many/new-{n}', f'many/other-{n}')
        if n % 2: os.unlink(f'many/other-{n}')
def look():
    for round in range(8):
        names = [entry.name for entry in os.scandir('many')]
        kept = [name for name in names if name.startswith('stays-')]
        same(len(kept), 5000)
        same(len(set(kept)), 5000)
together(change, look, look)
same(len(os.listdir('many')), 5750)
for entry in os.scandir('many'):
    if entry.name.endswith('99'):
        assert entry.is_file(follow_symlinks=False)
        same(entry.inode(), os.stat(entry.path).st_ino)`,

  'a listing that removes what it has seen ends with an empty directory': python`
os.mkdir('many')
for n in range(2000): put(f'many/{n}')
for entry in os.scandir('many'): os.unlink(entry.path)
os.rmdir('many')`,

  'paths may be deeper than a path may be long': python`
name = 'd' * 200
depth = 40
for level in range(depth):
    os.mkdir(name)
    os.chdir(name)
put('bottom', b'deep')
refused(errno.ENAMETOOLONG, os.stat, '/'.join(['..'] * 1400))
for level in range(depth): os.chdir('..')
for level in range(depth): os.chdir(name)
same(get('bottom'), b'deep')
os.unlink('bottom')
for level in range(depth):
    os.chdir('..')
    os.rmdir(name)
same(os.listdir('.'), [])`,
}

const names: Record<string, PosixRule> = {
  'names are bytes, and all but the slash and NUL are allowed': python`
single = {bytes([n]) for n in range(1, 256)} - {b'/', b'.'}
longer = {b'\xff\xfe', 'é'.encode(), 'e\u0301'.encode(), b' ', b'...', b'a\nb', b'-rf', b'\xed\xa0\x80', b'con', b'A.', b'~'}
for name in single | longer: put(name, name)
same(set(os.listdir(b'.')), single | longer)
for name in single | longer: same(get(name), name)
for name in single | longer:
    os.rename(name, b'x' + name)
    os.unlink(b'x' + name)
same(os.listdir(b'.'), [])`,

  'a name has up to 255 bytes': python`
good, bad = 'n' * 255, 'n' * 256
put(good, b'long')
os.mkdir('é' * 127)
same(sorted(os.listdir('.'), key=len), ['é' * 127, good])
put('file')
refused(errno.ENAMETOOLONG, put, bad)
refused(errno.ENAMETOOLONG, os.mkdir, bad)
refused(errno.ENAMETOOLONG, os.mknod, bad)
refused(errno.ENAMETOOLONG, os.symlink, 'x', bad)
refused(errno.ENAMETOOLONG, os.link, 'file', bad)
refused(errno.ENAMETOOLONG, os.rename, 'file', bad)
refused(errno.ENAMETOOLONG, os.unlink, bad)
refused(errno.ENAMETOOLONG, os.stat, bad)
same(get(good), b'long')`,

  'case and normal forms make different names': python`
for name in ('name', 'Name', 'NAME', 'é', 'e\u0301', 'ﬁ', 'fi'): put(name, name.encode())
same(len(os.listdir('.')), 7)
same(get('é'), 'é'.encode())`,
}

const links: Record<string, PosixRule> = {
  'hard links are one file with many names': python`
put('file', b'shared')
os.mkdir('folder')
for n in range(300): os.link('file', f'folder/{n}')
same(os.stat('file').st_nlink, 301)
same({os.stat(f'folder/{n}').st_ino for n in range(300)}, {os.stat('file').st_ino})
with open('folder/7', 'ab') as file: file.write(b' by all')
os.chmod('folder/8', 0o600)
os.unlink('file')
same(get('folder/9'), b'shared by all')
same(mode('folder/9'), 0o600)
same(os.stat('folder/9').st_nlink, 300)`,

  'links are refused to directories, to nothing and over what exists': python`
os.mkdir('folder')
put('a')
put('b')
refused(errno.EPERM, os.link, 'folder', 'link')
refused(errno.ENOENT, os.link, 'none', 'link')
refused(errno.EEXIST, os.link, 'a', 'b')`,

  'a symbolic link keeps its target to the byte': python`
for target in (b'/nowhere', b'with \xff bytes', b't' * 4000, b'../x//y/./'):
    os.symlink(target, b'link')
    same(os.readlink(b'link'), target)
    found = os.lstat(b'link')
    assert stat.S_ISLNK(found.st_mode)
    same(found.st_size, len(target))
    os.unlink(b'link')
refused(errno.ENOENT, os.symlink, '', 'link')
refused(errno.ENAMETOOLONG, os.symlink, 't' * 4096, 'link')
put('file')
refused(errno.EINVAL, os.readlink, 'file')`,

  'symbolic links are followed, but not in circles': python`
os.mkdir('folder')
put('folder/file', b'found')
os.symlink('folder', 'link')
os.symlink('link/file', 'second')
same(get('second'), b'found')
with open('second', 'ab') as file: file.write(b' it')
same(get('folder/file'), b'found it')
os.chmod('second', 0o640)
same(mode('folder/file'), 0o640)
os.symlink('round', 'round')
refused(errno.ELOOP, os.stat, 'round')
refused(errno.ENOTDIR, os.rmdir, 'link')`,

  'a symbolic link has its own owner, times and hard links': python`
os.symlink('nowhere', 'link')
os.lchown('link', 12, 34)
os.utime('link', ns=(1_000_000_001, 2_000_000_002), follow_symlinks=False)
os.link('link', 'other', follow_symlinks=False)
found = os.lstat('other')
same((found.st_uid, found.st_gid, found.st_nlink), (12, 34, 2))
same((found.st_atime_ns, found.st_mtime_ns), (1_000_000_001, 2_000_000_002))`,
}

const special: Record<string, PosixRule> = {
  'devices keep type, numbers and mode': python`
for kind in (stat.S_IFCHR, stat.S_IFBLK):
    for major, minor in ((1, 3), (255, 255), (4095, 1_048_575)):
        os.mknod('device', kind | 0o640, os.makedev(major, minor))
        found = os.stat('device')
        same(stat.S_IFMT(found.st_mode), kind)
        same((os.major(found.st_rdev), os.minor(found.st_rdev)), (major, minor))
        same(mode('device'), 0o640)
        os.unlink('device')`,

  'a FIFO carries data between processes': python`
os.mkfifo('fifo', 0o600)
assert stat.S_ISFIFO(os.stat('fifo').st_mode)
data = os.urandom(500_000)
def writer():
    with open('fifo', 'wb') as fifo: fifo.write(data)
def reader():
    with open('fifo', 'rb') as fifo: same(fifo.read(), data)
together(writer, reader)
same(os.stat('fifo').st_size, 0)
refused(errno.ENXIO, os.open, 'fifo', os.O_WRONLY | os.O_NONBLOCK)`,

  'a socket can be bound and talked to': python`
server = socket.socket(socket.AF_UNIX)
server.bind('socket')
server.listen()
assert stat.S_ISSOCK(os.stat('socket').st_mode)
def client():
    with socket.socket(socket.AF_UNIX) as made:
        made.connect('socket')
        made.sendall(b'through the socket')
pid = fork(client)
connection, _ = server.accept()
with connection.makefile('rb') as stream: same(stream.read(), b'through the socket')
os.waitpid(pid, 0)
again = socket.socket(socket.AF_UNIX)
refused(errno.EADDRINUSE, again.bind, 'socket')
refused(errno.ENXIO, os.open, 'socket', os.O_RDONLY)
os.unlink('socket')
again.bind('socket')`,

  'mknod makes plain files too': python`
os.mknod('file', stat.S_IFREG | 0o604)
same((os.stat('file').st_size, mode('file')), (0, 0o604))
refused(errno.EEXIST, os.mknod, 'file')`,
}

const renames: Record<string, PosixRule> = {
  'rename replaces a file, and programs that have it open keep it': python`
put('old', b'old content')
put('new', b'new content')
reader = open('old', 'rb')
writer = os.open('old', os.O_RDWR)
number = os.stat('new').st_ino
os.rename('new', 'old')
same(os.listdir('.'), ['old'])
same(os.stat('old').st_ino, number)
os.pwrite(writer, b'OLD', 0)
same(reader.read(), b'OLD content')
same(os.fstat(writer).st_nlink, 0)
same(get('old'), b'new content')`,

  'rename of a directory takes everything along': python`
os.makedirs('a/b/c')
put('a/b/c/file', b'content')
os.mkdir('target')
held = os.open('a/b', os.O_RDONLY)
os.rename('a', 'target')
same(get('target/b/c/file'), b'content')
os.rename('target/b', 'moved')
same(os.listdir(held), ['c'])
same(get('moved/c/file'), b'content')
same(os.listdir('target'), [])`,

  'rename refuses what cannot be': python`
os.makedirs('a/b')
os.makedirs('full/x')
put('file')
refused(errno.EINVAL, os.rename, 'a', 'a/b/c')
refused(errno.ENOTEMPTY, os.rename, 'a', 'full')
refused(errno.EISDIR, os.rename, 'file', 'a')
refused(errno.ENOTDIR, os.rename, 'a', 'file')
refused(errno.ENOENT, os.rename, 'none', 'x')
refused(errno.ENOENT, os.rename, 'file', 'none/x')
same(sorted(os.listdir('.')), ['a', 'file', 'full'])`,

  'rename between two names of one file changes nothing': python`
put('a')
os.link('a', 'b')
os.rename('a', 'b')
same(sorted(os.listdir('.')), ['a', 'b'])
os.rename('a', 'a')
same(os.stat('a').st_nlink, 2)`,

  'RENAME_NOREPLACE never replaces': python`
put('a', b'A')
put('b', b'B')
os.mkdir('folder')
refused(errno.EEXIST, renameat2, 'a', 'b', NOREPLACE)
refused(errno.EEXIST, renameat2, 'a', 'folder', NOREPLACE)
refused(errno.EEXIST, renameat2, 'a', 'a', NOREPLACE)
renameat2('a', 'c', NOREPLACE)
same((get('b'), get('c')), (b'B', b'A'))
refused(errno.EINVAL, renameat2, 'b', 'c', NOREPLACE | EXCHANGE)
def race(n):
    def body():
        put(f'mine-{n}', str(n).encode())
        try:
            renameat2(f'mine-{n}', 'prize', NOREPLACE)
        except FileExistsError:
            os.unlink(f'mine-{n}')
    return body
together(*[race(n) for n in range(4)])
same(sorted(os.listdir('.')), ['b', 'c', 'folder', 'prize'])`,

  'RENAME_EXCHANGE swaps files and directories': python`
put('file', b'content')
os.makedirs('one/folder/sub')
os.mkdir('two')
put('two/other', b'other')
renameat2('file', 'two/other', EXCHANGE)
same((get('file'), get('two/other')), (b'other', b'content'))
renameat2('one/folder', 'two/other', EXCHANGE)
same(get('one/folder'), b'content')
same(os.listdir('two/other'), ['sub'])
same((os.stat('one').st_nlink, os.stat('two').st_nlink), (2, 3))
same(os.stat('two/other/..').st_ino, os.stat('two').st_ino)
refused(errno.ENOENT, renameat2, 'file', 'none', EXCHANGE)
refused(errno.EINVAL, renameat2, 'two', 'two/other', EXCHANGE)`,

  'a file that is replaced again and again is always whole': python`
put('file', b'0' * 50_000)
def replace():
    for n in range(200):
        put('next', str(n % 10).encode() * 50_000)
        os.rename('next', 'file')
    put('stop')
def look():
    while not os.path.exists('stop'):
        data = get('file')
        same(len(data), 50_000)
        same(data, data[:1] * 50_000)
together(replace, look, look)`,
}

const open: Record<string, PosixRule> = {
  'a file that is unlinked while open can be read and written': python`
fd = os.open('file', os.O_CREAT | os.O_RDWR)
os.write(fd, b'before')
os.unlink('file')
same(os.listdir('.'), [])
same(os.fstat(fd).st_nlink, 0)
os.pwrite(fd, b' and after', 6)
os.fsync(fd)
same(os.pread(fd, 100, 0), b'before and after')
os.ftruncate(fd, 3)
os.fchmod(fd, 0o611)
same((os.fstat(fd).st_size, stat.S_IMODE(os.fstat(fd).st_mode)), (3, 0o611))
put('file', b'another')
same(os.pread(fd, 100, 0), b'bef')
again = os.open(f'/proc/self/fd/{fd}', os.O_RDONLY)
same(os.read(again, 100), b'bef')
os.close(fd)
os.close(again)
same(get('file'), b'another')`,

  'an open file follows its rename, and loses no write through another name': python`
fd = os.open('a', os.O_CREAT | os.O_RDWR)
os.write(fd, b'one ')
os.rename('a', 'b')
os.link('b', 'c')
with open('c', 'r+b') as file:
    file.seek(4)
    file.write(b'two ')
os.pwrite(fd, b'three', 8)
same(get('b'), b'one two three')`,

  'a writable descriptor outlives the permission to write': python`
fd = os.open('file', os.O_CREAT | os.O_WRONLY, 0o444)
os.write(fd, b'written')
os.close(fd)
same((get('file'), mode('file')), (b'written', 0o444))
reader = os.open('file', os.O_RDONLY)
refused(errno.EBADF, os.write, reader, b'x')
refused(errno.EINVAL, os.ftruncate, reader, 0)`,
}

const memory: Record<string, PosixRule> = {
  'what is written through a shared mapping is read from the file': python`
put('file', b'.' * 20_000)
with open('file', 'r+b') as file, mmap.mmap(file.fileno(), 20_000) as view:
    view[100:107] = b'mapping'
    view[19_995:20_000] = b'final'
    same(get('file')[100:107], b'mapping')
    os.pwrite(file.fileno(), b'by write', 9000)
    same(view[9000:9008], b'by write')
    view.flush()
data = get('file')
same((len(data), data[100:107], data[-5:]), (20_000, b'mapping', b'final'))`,

  'two processes share a mapping': python`
put('file', bytes(4096))
def child():
    with open('file', 'r+b') as file, mmap.mmap(file.fileno(), 4096) as view:
        view[0:5] = b'child'
        while view[10:16] != b'parent': time.sleep(0.001)
pid = fork(child)
with open('file', 'r+b') as file, mmap.mmap(file.fileno(), 4096) as view:
    while view[0:5] != b'child': time.sleep(0.001)
    view[10:16] = b'parent'
same(os.waitpid(pid, 0)[1], 0)
same(get('file')[:16], b'child' + bytes(5) + b'parent')`,

  'a private mapping changes nothing': python`
put('file', b'.' * 5000)
with open('file', 'r+b') as file, mmap.mmap(file.fileno(), 5000, mmap.MAP_PRIVATE) as view:
    view[0:3] = b'abc'
same(get('file'), b'.' * 5000)`,

  'writers of separate parts and readers do not disturb each other': python`
SHARE, ROUNDS = 300_000, 12
put('file', bytes(4 * SHARE))
def writer(n):
    def body():
        fd = os.open('file', os.O_WRONLY)
        for round in range(ROUNDS):
            for at in range(0, SHARE, 25_000):
                os.pwrite(fd, bytes([16 * (n + 1) + round]) * 25_000, n * SHARE + at)
            if round % 4 == n: os.fsync(fd)
    return body
def reader():
    for round in range(ROUNDS):
        data = get('file')
        for n in range(4):
            wrong = {value >> 4 for value in set(data[n * SHARE:(n + 1) * SHARE])} - {0, n + 1}
            same(wrong, set())
together(*[writer(n) for n in range(4)], reader, reader)
last = b''.join(bytes([16 * (n + 1) + ROUNDS - 1]) * SHARE for n in range(4))
same(get('file'), last)`,

  'of several processes that create or remove a name, one succeeds': python`
os.mkdir('won')
def racer(n):
    def body():
        for round in range(100):
            for call in (lambda: os.close(os.open(f'file-{round}', os.O_CREAT | os.O_EXCL)), lambda: os.mkdir(f'folder-{round}')):
                try:
                    call()
                    os.mkdir(f'won/{n}-{round}-{os.times().elapsed}-{os.urandom(4).hex()}')
                except FileExistsError:
                    pass
    return body
together(*[racer(n) for n in range(4)])
same(len(os.listdir('won')), 200)`,

  'locks hold between processes': python`
put('file')
fd = os.open('file', os.O_RDWR)
other = lambda lock: lambda: refused(errno.EWOULDBLOCK, lock, os.open('file', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
for lock in (fcntl.flock, fcntl.lockf):
    lock(fd, fcntl.LOCK_EX)
    together(other(lock))
    lock(fd, fcntl.LOCK_UN)
    together(lambda: lock(os.open('file', os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB))`,
}

const attributes: Record<string, PosixRule> = {
  'xattrs are created, replaced, listed and removed': python`
put('file')
os.mkdir('folder')
for path in ('file', 'folder'):
    os.setxattr(path, 'user.a', b'one', os.XATTR_CREATE)
    refused(errno.EEXIST, os.setxattr, path, 'user.a', b'', os.XATTR_CREATE)
    refused(errno.ENODATA, os.setxattr, path, 'user.b', b'', os.XATTR_REPLACE)
    os.setxattr(path, 'user.a', b'two \x00\xff', os.XATTR_REPLACE)
    os.setxattr(path, 'user.empty', b'')
    os.setxattr(path, 'trusted.t', b'by root')
    same(os.getxattr(path, 'user.a'), b'two \x00\xff')
    same(os.getxattr(path, 'user.empty'), b'')
    assert {'user.a', 'user.empty', 'trusted.t'} <= set(os.listxattr(path))
    os.removexattr(path, 'user.a')
    refused(errno.ENODATA, os.removexattr, path, 'user.a')
    refused(errno.ENODATA, os.getxattr, path, 'user.a')
    assert 'user.a' not in os.listxattr(path)`,

  'xattrs have limits': python`
put('file')
longest = 'user.' + 'n' * 250
os.setxattr('file', longest, b'v' * 1500)
same(os.getxattr('file', longest), b'v' * 1500)
refused(errno.ERANGE, os.setxattr, 'file', longest + 'n', b'')
refused(errno.E2BIG, os.setxattr, 'file', 'user.big', bytes(65_537))
small = ctypes.create_string_buffer(10)
refused(errno.ERANGE, system, 'getxattr', b'file', longest.encode(), small, 10)
refused(errno.ERANGE, system, 'listxattr', b'file', small, 10)
same(system('getxattr', b'file', longest.encode(), None, 0), 1500)
os.symlink('file', 'link')
refused(errno.EPERM, os.setxattr, 'link', 'user.a', b'', follow_symlinks=False)`,

  'xattrs are in namespaces that the system knows': python`
put('file')
try:
    refused(errno.EOPNOTSUPP, os.setxattr, 'file', 'nonsense.a', b'')
    refused(errno.EOPNOTSUPP, os.setxattr, 'file', 'nonsense', b'')
    same(os.listxattr('file'), [])
finally:
    os.unlink('file')`,

  'trusted xattrs are for root, user xattrs for those who may write': python`
put('file')
os.chmod('file', 0o644)
os.setxattr('file', 'trusted.secret', b'x')
os.setxattr('file', 'user.open', b'x')
def other():
    same(os.getxattr('file', 'user.open'), b'x')
    refused(errno.ENODATA, os.getxattr, 'file', 'trusted.secret')
    assert 'trusted.secret' not in os.listxattr('file')
    refused(errno.EACCES, os.setxattr, 'file', 'user.open', b'y')
    refused(errno.EPERM, os.setxattr, 'file', 'trusted.mine', b'y')
as_nobody(other)`,

  'times have nanoseconds, also before 1970': python`
put('file')
os.mkdir('folder')
for path in ('file', 'folder'):
    for when in (0, 1, 1_234_567_890_123_456_789, -1, -86_400_000_000_001, -2_000_000_000_999_999_999, 4_102_444_800_000_000_001):
        os.utime(path, ns=(when, when + 5))
        found = os.stat(path)
        same((found.st_atime_ns, found.st_mtime_ns), (when, when + 5))`,

  'utimensat knows NOW and OMIT': python`
put('file')
os.utime('file', ns=(1_000_000_001, 2_000_000_002))
utimensat('file', (0, UTIME_OMIT), (5, 6))
same((os.stat('file').st_atime_ns, os.stat('file').st_mtime_ns), (1_000_000_001, 5_000_000_006))
utimensat('file', (7, 8), (0, UTIME_OMIT))
same((os.stat('file').st_atime_ns, os.stat('file').st_mtime_ns), (7_000_000_008, 5_000_000_006))
utimensat('file', (0, UTIME_NOW), (0, UTIME_OMIT))
found = os.stat('file')
same(found.st_mtime_ns, 5_000_000_006)
assert abs(found.st_atime_ns - time.time_ns()) < 60 * 10**9
utimensat('file', (0, UTIME_OMIT), (0, UTIME_NOW))
assert abs(os.stat('file').st_mtime_ns - time.time_ns()) < 60 * 10**9
refused(errno.EINVAL, utimensat, 'file', (0, 1_000_000_000), (0, 0))`,

  'changes set the times that POSIX says': python`
os.mkdir('folder')
put('folder/file', b'x')
os.mkdir('other')
def changed(call, **expected):
    paths = {'file': 'folder/file', 'folder': 'folder', 'other': 'other'}
    before = {name: os.stat(path) for name, path in paths.items()}
    for path in paths.values(): later(path)
    call()
    for name, path in paths.items():
        after = os.stat(path)
        got = ''.join(letter for letter in 'mc' if getattr(after, f'st_{letter}time_ns') > getattr(before[name], f'st_{letter}time_ns'))
        if got != expected.get(name, ''): raise AssertionError(f'{call.__name__} of {name}: {got}')
def write():
    with open('folder/file', 'ab') as file: file.write(b'more')
def truncate(): os.truncate('folder/file', 1)
def chmod(): os.chmod('folder/file', 0o600)
def chown(): os.chown('folder/file', 1, 1)
def xattr(): os.setxattr('folder/file', 'user.a', b'b')
def link(): os.link('folder/file', 'other/link')
def unlink(): os.unlink('other/link')
def rename(): os.rename('folder/file', 'other/moved'); os.rename('other/moved', 'folder/file')
def create(): put('folder/new')
def mkdir(): os.mkdir('other/sub')
def symlink(): os.symlink('x', 'folder/symlink')
def read(): get('folder/file'), os.listdir('folder')
changed(write, file='mc')
changed(truncate, file='mc')
changed(chmod, file='c')
changed(chown, file='c')
changed(xattr, file='c')
changed(link, file='c', other='mc')
changed(unlink, file='c', other='mc')
changed(rename, file='c', folder='mc', other='mc')
changed(create, folder='mc')
changed(mkdir, other='mc')
changed(symlink, folder='mc')
changed(read)`,

  'statfs makes sense': python`
found = os.statvfs('.')
assert found.f_bsize >= 512 and found.f_frsize >= 512
assert 0 < found.f_bavail <= found.f_bfree <= found.f_blocks
assert 0 < found.f_ffree <= found.f_files
same(found.f_namemax, 255)`,

  'umask takes bits away': python`
os.umask(0o027)
os.close(os.open('file', os.O_CREAT | os.O_WRONLY, 0o666))
os.mkdir('folder', 0o777)
os.mkfifo('fifo', 0o666)
os.mknod('node', stat.S_IFREG | 0o666)
same([mode(name) for name in ('file', 'folder', 'fifo', 'node')], [0o640, 0o750, 0o640, 0o640])
os.umask(0)
os.close(os.open('open', os.O_CREAT | os.O_WRONLY, 0o666))
same(mode('open'), 0o666)
os.chmod('open', 0o7777)
same(mode('open'), 0o7777)`,
}

const users: Record<string, PosixRule> = {
  'modes decide what another user may do': python`
put('private', b'x'); os.chmod('private', 0o600)
put('public', b'x'); os.chmod('public', 0o644)
put('drop'); os.chmod('drop', 0o622)
os.mkdir('closed', 0o700); put('closed/file')
os.mkdir('listed'); os.chmod('listed', 0o744); put('listed/file')
os.mkdir('passed'); os.chmod('passed', 0o711); put('passed/file', b'known')
def other():
    refused(errno.EACCES, get, 'private')
    same(get('public'), b'x')
    refused(errno.EACCES, put, 'public')
    refused(errno.EACCES, get, 'drop')
    put('drop', b'dropped')
    refused(errno.EACCES, os.listdir, 'closed')
    refused(errno.EACCES, os.stat, 'closed/file')
    same(os.listdir('listed'), ['file'])
    refused(errno.EACCES, os.stat, 'listed/file')
    refused(errno.EACCES, os.listdir, 'passed')
    same(get('passed/file'), b'known')
    for call in (put, os.mkdir, os.mkfifo): refused(errno.EACCES, call, 'new')
    refused(errno.EACCES, os.unlink, 'public')
    refused(errno.EACCES, os.rename, 'public', 'renamed')
    assert not os.access('private', os.R_OK) and os.access('public', os.R_OK)
as_nobody(other)
same(get('drop'), b'dropped')`,

  'another user changes neither mode nor owner nor times': python`
put('file')
os.chmod('file', 0o666)
os.utime('file', ns=(1, 1))
def other():
    refused(errno.EPERM, os.chmod, 'file', 0o777)
    refused(errno.EPERM, os.chown, 'file', NOBODY, -1)
    refused(errno.EPERM, os.utime, 'file', ns=(2, 2))
    os.utime('file')
as_nobody(other)
assert os.stat('file').st_mtime_ns > 10**18
same((mode('file'), os.stat('file').st_uid), (0o666, 0))
os.chmod('file', 0o600)
def denied(): refused(errno.EACCES, os.utime, 'file')
as_nobody(denied)`,

  'the owner changes the mode, but gives nothing away': python`
put('file')
os.chown('file', NOBODY, NOBODY)
def owner():
    os.chmod('file', 0o700)
    os.utime('file', ns=(3, 4))
    refused(errno.EPERM, os.chown, 'file', 0, -1)
    refused(errno.EPERM, os.chown, 'file', -1, 0)
    os.chown('file', NOBODY, NOBODY)
as_nobody(owner)
same((mode('file'), os.stat('file').st_mtime_ns), (0o700, 4))`,

  'what a user makes belongs to that user': python`
os.chmod('.', 0o777)
def other():
    put('file')
    os.mkdir('folder')
    os.symlink('x', 'link')
    os.mkfifo('fifo')
    refused(errno.EPERM, os.mknod, 'device', stat.S_IFCHR | 0o600, os.makedev(1, 3))
as_nobody(other)
for name in ('file', 'folder', 'link', 'fifo'):
    same((os.lstat(name).st_uid, os.lstat(name).st_gid), (NOBODY, NOBODY))`,

  'writing by another user clears set-user-id': python`
def write():
    with open('file', 'ab') as file: file.write(b'x')
def truncate(): os.truncate('file', 0)
def overwrite():
    fd = os.open('file', os.O_RDWR)
    os.pwrite(fd, b'y', 0)
    os.fsync(fd)
for call in (write, truncate, overwrite):
    put('file', b'program')
    os.chmod('file', 0o6777)
    same(mode('file'), 0o6777)
    as_nobody(call)
    if mode('file') != 0o777: raise AssertionError(f'{call.__name__}: {mode("file"):o}')`,

  'a new owner clears set-user-id': python`
put('file')
os.chmod('file', 0o6755)
os.chown('file', 5, 5)
same(mode('file'), 0o755)
os.mkdir('folder')
os.chmod('folder', 0o2755)
os.chown('folder', 5, 5)
same(mode('folder'), 0o2755)`,

  'set-group-id needs membership': python`
put('file')
os.chown('file', NOBODY, 7)
def owner(): os.chmod('file', 0o2755)
as_nobody(owner)
same(mode('file'), 0o755)`,

  'a set-group-id directory hands its group down': python`
os.mkdir('team')
os.chown('team', 0, 1234)
os.chmod('team', 0o2777)
put('team/file')
os.mkdir('team/folder')
os.symlink('x', 'team/link')
as_nobody(lambda: put('team/other'))
same({os.lstat(f'team/{name}').st_gid for name in os.listdir('team')}, {1234})
same((mode('team/folder'), mode('team/file')), (0o2755, 0o644))
same(os.stat('team/other').st_uid, NOBODY)`,

  'in a sticky directory only owners remove and rename': python`
os.mkdir('shared')
os.chmod('shared', 0o1777)
put('shared/root', b'x')
os.chmod('shared/root', 0o666)
def other():
    put('shared/mine')
    refused(errno.EPERM, os.unlink, 'shared/root')
    refused(errno.EPERM, os.rename, 'shared/root', 'shared/x')
    refused(errno.EPERM, os.rename, 'shared/mine', 'shared/root')
    os.rename('shared/mine', 'shared/renamed')
    os.unlink('shared/renamed')
as_nobody(other)
same(os.listdir('shared'), ['root'])`,
}

/** All rules, by their sentences. */
export const posixRules: Readonly<Record<string, PosixRule>> = {
  ...files,
  ...truncation,
  ...sparse,
  ...directories,
  ...names,
  ...links,
  ...special,
  ...renames,
  ...open,
  ...memory,
  ...attributes,
  ...users,
}
