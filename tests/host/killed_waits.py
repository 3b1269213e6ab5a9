#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Processes wait in each kind of call for a share's server that is silent, and are killed; then the server goes on, and so does the share.

Runs in the guest. Arguments: a directory of the share, the name under which the kernel counts the share's messages in debugfs. Says "ready" and
reads a line: the server has been stopped. Says "reaped" and the calls that had been answered after all, and reads a line: the server runs again.
Says "well", or ends with what is not. Each process has a directory of its own, so that it waits for the server and not for another's lock.
"""
import mmap
import os
import signal
import stat
import sys

BYTES = 200000
OLD, NEW = b'o' * BYTES, b'n' * BYTES


def write_file(name, data):
    with open(name, 'wb', buffering=0) as f:
        while data:
            data = data[f.write(data):]


def read_file(name):
    with open(name, 'rb') as f:
        return f.read()


# ---- what hangs: each function prepares in its directory, and returns what is done once the server is silent ----

def opened(flags=os.O_RDWR):
    return os.open('file', flags)


def stat_a_name():
    return lambda: os.stat('file')


def stat_an_open_file():
    fd = opened()
    return lambda: os.fstat(fd)


def open_to_read():
    return lambda: opened(os.O_RDONLY)


def open_to_write():
    return lambda: opened(os.O_WRONLY)


def open_to_truncate():
    return lambda: opened(os.O_WRONLY | os.O_TRUNC)


def create():
    return lambda: os.open('made', os.O_CREAT | os.O_RDWR | os.O_EXCL)


def read():
    fd = opened()
    return lambda: os.read(fd, BYTES)


def read_a_map():
    m = mmap.mmap(opened(), BYTES, prot=mmap.PROT_READ)
    return lambda: m[5000]


def write():
    fd = opened()
    return lambda: write_all(fd)


def write_all(fd):
    data = NEW
    while data:
        data = data[os.write(fd, data):]


def truncate():
    fd = opened()
    return lambda: os.ftruncate(fd, 1000)


def sync():
    fd = opened()
    os.pwrite(fd, b'o', 0)
    return lambda: os.fsync(fd)


def chmod():
    return lambda: os.chmod('file', 0o600)


def unlink():
    return lambda: os.unlink('victim')


def unlink_an_open_file():
    fd = os.open('victim', os.O_RDWR)
    return lambda: (os.unlink('victim'), os.close(fd))


def rename():
    return lambda: os.rename('victim', 'moved')


def replace():
    return lambda: os.rename('victim', 'file')


def mkdir():
    return lambda: os.mkdir('dir')


def rmdir():
    return lambda: os.rmdir('empty')


def link():
    return lambda: os.link('victim', 'second')


def symlink():
    return lambda: os.symlink('x', 'another')


def readlink():
    return lambda: os.readlink('link')


def list_names():
    return lambda: os.listdir('.')


def go_on_listing():
    names = os.scandir('many')
    next(names)
    return lambda: list(names)


def statvfs():
    return lambda: os.statvfs('.')


CALLS = (stat_a_name, stat_an_open_file, open_to_read, open_to_write, open_to_truncate, create, read, read_a_map, write, truncate, sync, chmod,
         unlink, unlink_an_open_file, rename, replace, mkdir, rmdir, link, symlink, readlink, list_names, go_on_listing, statvfs)


def furnish(name):
    os.mkdir(name)
    write_file(f'{name}/file', OLD)
    write_file(f'{name}/victim', b'victim')
    os.mkdir(f'{name}/empty')
    os.symlink('target', f'{name}/link')
    if name == 'go_on_listing':
        os.mkdir(f'{name}/many')
        for i in range(600):
            write_file(f'{name}/many/a-name-that-takes-some-room-{i}', b'')


def live(kind):
    """Only the share has messages of this kind, and of the share only what is under way."""
    with open('/sys/kernel/debug/objects') as f:
        return next(int(line.split()[4]) for line in f if line.split()[0] == kind)


def start(function):
    """A process that is ready for its call: its number, and the end of a pipe where a byte lets it go."""
    ready, gate = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(gate[1])
        os.chdir(function.__name__)
        act = function()
        os.write(ready[1], b'.')
        os.read(gate[0], 1)
        act()
        os._exit(0)
    os.close(ready[1])
    os.close(gate[0])
    assert os.read(ready[0], 1), f'{function.__name__} was not ready'
    return pid, gate[1]


def state_of(pid):
    with open(f'/proc/{pid}/stat') as f:
        return f.read().rsplit(')', 1)[1].split()[0]


def check(name):
    """Whatever has become of the call, what is seen now is one of the two, stays so, and can be worked with."""
    os.chdir(name)
    names = set(os.listdir('.'))
    for n in names:
        os.lstat(n)
    data = read_file('file')
    if name == 'write':
        new = len(data) - len(data.lstrip(b'n'))
        assert len(data) == BYTES and data == NEW[:new] + OLD[new:], f'{name}: torn at {new}'
    elif name == 'replace':
        assert data == (OLD if 'victim' in names else b'victim'), f'{name}: {data[:20]}, {names}'
    else:
        assert data in {'truncate': (OLD, OLD[:1000]), 'open_to_truncate': (OLD, b'')}.get(name, (OLD,)), f'{name}: {len(data)} bytes'
    assert os.stat('file').st_size == len(data), f'{name}: size'
    if name == 'rename':
        assert len(names & {'victim', 'moved'}) == 1, f'{name}: {names}'
    if name == 'link':
        assert os.stat('victim').st_nlink == 1 + ('second' in names), f'{name}: {names}'
    for n, want in (('dir', 'mkdir'), ('made', 'create'), ('another', 'symlink'), ('second', 'link'), ('moved', 'rename')):
        assert n not in names or name == want, f'{name}: {n}'
    use(names)
    os.chdir('..')


def use(names):
    for n in ('file', 'victim', 'made', 'moved', 'second'):
        if n != 'second' or n not in names:
            write_file(n, NEW)
        with open(n, 'r+b', buffering=0) as f:
            f.truncate(7000)
            assert f.read() == NEW[:7000], n
        os.unlink(n)
        assert not os.path.exists(n), n
    for n in ('empty', 'dir'):
        os.makedirs(n, exist_ok=True)
        write_file(f'{n}/x', b'x')
        assert os.listdir(n) == ['x'], n
        os.unlink(f'{n}/x')
        os.rmdir(n)
    if 'many' in names:
        assert len(os.listdir('many')) == 600
    assert stat.S_ISLNK(os.lstat('link').st_mode)


def main(directory, messages):
    os.chdir(directory)
    for function in CALLS:
        furnish(function.__name__)
    while live(messages): # closes of what was furnished go on by themselves
        pass
    started = [(function, *start(function)) for function in CALLS]
    print('ready', flush=True)
    sys.stdin.readline()
    for function, pid, gate in started:
        os.write(gate, b".")
    states = {pid: state_of(pid) for _, pid, _ in started}
    while set(states.values()) - {'D', 'Z'}:
        states = {pid: state_of(pid) for pid in states}
    answered = []
    for _, pid, _ in started:
        os.kill(pid, signal.SIGKILL)
    for function, pid, _ in started:
        status = os.waitpid(pid, 0)[1]
        assert status in (0, signal.SIGKILL), f'{function.__name__}: {status}'
        if not status:
            answered.append(function.__name__)
    print('reaped', *answered, flush=True)
    sys.stdin.readline()
    while live(messages): # each late answer has come
        pass
    for function in CALLS:
        check(function.__name__)
    print('well', flush=True)


main(*sys.argv[1:])
