#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""What programs do with files of a writable directory, one line a step: its name and what came of it.

Runs on the machine itself and, through a share, in a guest; the lines must be the same. Argument: an empty directory.
Nothing here depends on the time or on who runs it, as long as it is the same user.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import stat
import subprocess
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def write(name, data=b'hello\n'):
    with open(name, 'wb') as f:
        f.write(data)


def read(name):
    with open(name, 'rb') as f:
        return f.read()


def look(name):
    s = os.lstat(name)
    return oct(s.st_mode), s.st_nlink, 0 if stat.S_ISDIR(s.st_mode) else s.st_size


def rename2(old, new, flags):
    if libc.renameat2(-100, old, -100, new, flags):
        raise OSError(ctypes.get_errno(), 'renameat2')


def with_file(name, flags, *steps, mode=0o644):
    fd = os.open(name, flags, mode)
    try:
        return [s(fd) for s in steps]
    finally:
        os.close(fd)


@step
def making_and_reading():
    write('a')
    return read('a'), look('a')


@step
def making_what_is_there():
    os.open('a', os.O_CREAT | os.O_EXCL)


@step
def a_mode_that_forbids_what_the_maker_does():
    return with_file('readonly', os.O_CREAT | os.O_RDWR, lambda fd: os.write(fd, b'x' * 10),
                     lambda fd: os.pread(fd, 20, 0), mode=0o400), look('readonly')


@step
def appending_through_two_files():
    for letter in b'aabb':
        with_file('appended', os.O_CREAT | os.O_WRONLY | os.O_APPEND, lambda fd: os.write(fd, bytes([letter])))
    one, two = (os.open('appended', os.O_WRONLY | os.O_APPEND) for _ in range(2))
    for _ in range(5):
        os.write(one, b'1')
        os.write(two, b'2')
    os.close(one)
    os.close(two)
    return read('appended')


@step
def directories():
    os.mkdir('dir')
    write('dir/file')
    return look('dir')[0], os.listdir('dir')


@step
def removing_a_directory_that_is_not_empty():
    os.rmdir('dir')


@step
def removing_what_is_not_there():
    os.unlink('nothing')


@step
def one_file_of_two_names():
    os.link('a', 'dir/b')
    first = look('a')[1], os.stat('a').st_ino == os.stat('dir/b').st_ino
    os.unlink('a')
    return first, read('dir/b'), look('dir/b'), os.rename('dir/b', 'a'), read('a')


@step
def symlinks():
    os.symlink('../a', 'dir/link')
    return os.readlink('dir/link'), read('dir/link'), look('dir/link')[0]


@step
def renaming_over_another():
    write('old', b'old')
    write('new', b'new')
    os.link('new', 'other')
    os.rename('old', 'new')
    return read('new'), read('other'), look('other')[1], os.path.exists('old')


@step
def truncating():
    os.truncate('a', 3)
    short = read('a')
    os.truncate('a', 6)
    return short, read('a')


@step
def modes_and_times():
    os.chmod('a', 0o755)
    os.utime('a', ns=(10**18, 2 * 10**18))
    s = os.stat('a')
    return look('a'), s.st_atime_ns, s.st_mtime_ns


@step
def writing_takes_away_setuid():
    os.chmod('a', 0o4755)
    before = look('a')[0]
    with_file('a', os.O_WRONLY, lambda fd: os.write(fd, b'z'))
    return before, look('a')[0] if os.getuid() else 'kept for root'


@step
def a_file_without_a_name():
    fd = os.open('gone', os.O_CREAT | os.O_RDWR)
    os.write(fd, b'data')
    os.unlink('gone')
    os.write(fd, b' more')
    result = os.pread(fd, 20, 0), os.path.exists('gone')
    os.close(fd)
    return result


@step
def shared_maps():
    write('map', bytes(10000))
    fd = os.open('map', os.O_RDWR)
    m = mmap.mmap(fd, 10000)
    m[5000:5005] = b'hello'
    m.flush()
    through_file = os.pread(fd, 5, 5000)
    os.pwrite(fd, b'WORLD', 6000)
    through_map = bytes(m[6000:6005])
    m[0:3] = b'end'
    m.close()
    os.close(fd)
    return through_file, through_map, read('map')[:3]


@step
def past_the_cache():
    buffer = mmap.mmap(-1, 4096)
    write('direct', b'0123456789' * 1000)
    fd = os.open('direct', os.O_RDWR | os.O_DIRECT)
    got = os.preadv(fd, [buffer], 4096), bytes(buffer[:6])
    buffer[:6] = b'DIRECT'
    put = os.pwritev(fd, [buffer], 0)
    os.close(fd)
    return got, put, read('direct')[:8]


@step
def copying_a_range():
    fd = os.open('map', os.O_RDONLY)
    out = os.open('copy', os.O_CREAT | os.O_RDWR)
    n = os.copy_file_range(fd, out, 5000, 4990, 0)
    os.close(fd)
    os.close(out)
    return n, read('copy')[10:15]


@step
def locks_of_two_processes():
    f = open('a', 'r+b')
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
    child = os.fork()
    if child == 0:
        try:
            fcntl.lockf(open('a', 'r+b'), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
        except OSError:
            os._exit(2)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@step
def locks_of_two_open_files():
    f, g = open('a'), open('a')
    fcntl.flock(f, fcntl.LOCK_EX)
    fcntl.flock(g, fcntl.LOCK_EX | fcntl.LOCK_NB)


@step
def renaming_without_replacing():
    rename2(b'a', b'map', 1)


@step
def many_names():
    for i in range(100):
        write(f'dir/n{i:03}')
    total = sum(e.stat().st_size for e in os.scandir('dir') if e.name[0] == 'n')
    return len(os.listdir('dir')), total, sorted(os.listdir('dir'))[:3]


@step
def names_of_255_and_256_bytes():
    write('x' * 255)
    write('x' * 256)


@step
def a_large_file():
    write('large', bytes(range(256)) * 4000)
    return len(read('large')), read('large')[500000:500004]


@step
def running_a_program_just_copied():
    subprocess.run(['cp', '/bin/echo', 'echo'], check=True)
    return subprocess.run(['./echo', 'ran'], capture_output=True).stdout


@step
def threads():
    def work(i):
        for k in range(10):
            write(f't{i}', b'%d' % k)
            assert read(f't{i}') == b'%d' % k
            os.rename(f't{i}', f'u{i}')
            os.unlink(f'u{i}')
    all_threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in all_threads:
        thread.start()
    for thread in all_threads:
        thread.join()
    return sorted(n for n in os.listdir('.') if n[0] in 'tu')


@step
def removing_all():
    subprocess.run('rm -rf -- *', shell=True, check=True)
    return os.listdir('.')


# What only virtio-fs can do: QEMU's 9p server has no message for it, or follows the file's name.
@step
def only_virtiofs_special_files():
    os.mkfifo('fifo', 0o600)
    return look('fifo')


@step
def only_virtiofs_truncating_without_a_name():
    fd = os.open('gone', os.O_CREAT | os.O_RDWR)
    os.write(fd, b'data')
    os.unlink('gone')
    os.ftruncate(fd, 2)
    return os.pread(fd, 10, 0), os.fstat(fd).st_nlink, os.fstat(fd).st_size


@step
def only_virtiofs_holes():
    fd = os.open('holes', os.O_CREAT | os.O_RDWR)
    os.posix_fallocate(fd, 0, 65536)
    os.pwrite(fd, b'x' * 65536, 0)
    done = libc.fallocate(fd, 3, ctypes.c_long(4096), ctypes.c_long(8192))
    hole = os.lseek(fd, 0, os.SEEK_HOLE)
    data = os.lseek(fd, hole, os.SEEK_DATA)
    os.close(fd)
    return done, read('holes')[4095:4097], hole, data


@step
def only_virtiofs_exchanging():
    write('one', b'1')
    write('two', b'22')
    rename2(b'one', b'two', 2)
    return read('one'), read('two')


def main():
    os.chdir(sys.argv[1])
    os.umask(0o022)
    for function in STEPS:
        try:
            result = function()
        except OSError as e:
            result = errno.errorcode[e.errno]
        print(f'{function.__name__}: {result}', flush=True)


main()
