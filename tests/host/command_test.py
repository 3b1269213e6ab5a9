#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The perennial command: what it promises to the person who calls it.

Each test starts a virtual machine or two and looks only at what a caller can see: streams, statuses,
files. Environment: PERENNIAL (the command, default build/perennial), KERNEL (default: Debian's generic kernel
in build/debian, where everything must pass; "ours" for the kernel beside the command), MACHINE
(microvm or q35). Arguments: names of tests, or none for all. Ends with "N passed, N failed, N skipped".
"""
import fcntl
import hashlib
import os
import pwd
import pty
import re
import select
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PERENNIAL = os.environ.get('PERENNIAL', f'{TOP}/build/perennial')
KERNEL = os.environ.get('KERNEL', f'{TOP}/build/debian/generic/boot/vmlinuz')
MACHINE = os.environ.get('MACHINE', 'microvm')
LIMIT = 90
TESTS = []


class Skip(Exception):
    pass


def test(function):
    TESTS.append(function)
    return function


def base():
    args = [PERENNIAL, 'run', '--timeout', str(LIMIT), '--machine', MACHINE]
    return args if KERNEL == 'ours' else args + ['--kernel', KERNEL]


def run(*command, options=(), stdin=b'', **kw):
    return subprocess.run([*base(), *options, '--', *command], input=stdin, capture_output=True,
                          timeout=LIMIT + 20, **kw)


def sh(script, *args, **kw):
    return run('/bin/sh', '-c', script, 'sh', *args, **kw)


def launcher(*args, **kw):
    return subprocess.run([PERENNIAL, *args], capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
                          **kw)


def same(got, expected, what):
    assert got == expected, f'{what}: {got!r}, expected {expected!r}'


# ---- status and streams ----

@test
def streams_are_separate_and_status_is_the_commands():
    r = sh('echo out; echo err >&2; exit 7')
    same((r.returncode, r.stdout, r.stderr), (7, b'out\n', b'err\n'), 'result')


@test
def a_signal_is_128_plus_its_number():
    same(sh('kill -9 $$').returncode, 137, 'status')
    same(sh('kill -TERM $$').returncode, 143, 'status')


@test
def a_command_that_is_not_found_is_127():
    r = run('no-such-command')
    same(r.returncode, 127, 'status')
    assert b'no-such-command' in r.stderr and r.stderr.count(b'\n') == 1, r.stderr


@test
def a_file_that_cannot_be_executed_is_126():
    r = run('/etc/passwd')
    same(r.returncode, 126, 'status')
    assert b'Permission denied' in r.stderr, r.stderr


@test
def stdin_is_binary_clean_and_ends():
    data = os.urandom(300000) + bytes(range(256)) * 16
    r = run('sha256sum', stdin=data)
    same(r.stdout.split()[0].decode(), hashlib.sha256(data).hexdigest(), 'hash')


@test
def stdout_is_binary_clean_and_complete():
    data = os.urandom(2000000)
    r = run('cat', stdin=data)
    same((r.returncode, len(r.stdout), r.stdout == data), (0, len(data), True), 'bytes')


@test
def both_outputs_are_complete():
    r = sh('head -c 400000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3')
    same((r.returncode, len(r.stdout), len(r.stderr)), (3, 400000, 300000), 'result')


@test
def an_empty_stdin_ends_at_once():
    same(sh('wc -c').stdout.strip(), b'0', 'bytes')


@test
def a_reader_that_goes_away_ends_the_writer():
    p = subprocess.Popen([*base(), '--', 'sh', '-c', 'yes; echo $? >&2'], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdout.read(10000)
    p.stdout.close()
    err = p.stderr.read()
    p.wait(LIMIT)
    same(err.strip(), b'141', 'status of yes')


@test
def descendants_that_stay_behind_do_not_keep_it():
    start = time.monotonic()
    r = sh('sleep 1000 & echo done')
    same((r.returncode, r.stdout), (0, b'done\n'), 'result')
    assert time.monotonic() - start < 60


@test
def a_slow_reader_gets_everything():
    # More than the guest's pump holds waits in the pipe when the command ends, and is read 3 s later.
    p = subprocess.Popen([*base(), '--', 'head', '-c', '400000', '/dev/zero'], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE)
    n = 0
    while data := os.read(p.stdout.fileno(), 16384):
        n += len(data)
        if n > 180000:
            time.sleep(0.4)
    same((n, p.wait(LIMIT)), (400000, 0), 'bytes and status')


@test
def descendants_that_go_on_writing_do_not_keep_it():
    r = sh('yes & echo end >&2; exit 4')
    same((r.returncode, r.stderr), (4, b'end\n'), 'result')


# ---- the same surroundings ----

@test
def directory_environment_and_arguments_are_the_callers():
    with tempfile.TemporaryDirectory() as d:
        with open(f'{d}/file here', 'w') as f:
            f.write('content')
        env = {**os.environ, 'A_B': 'x y\nz', 'EMPTY': '', 'PWD': d}
        r = sh('pwd; cat "file here"; printf "[%s]" "$A_B" "${EMPTY-unset}" "$@"', 'a b', '', '*', 'ü\n',
               cwd=d, env=env)
    same(r.stdout.decode(), f'{d}\ncontent[x y\nz][][a b][][*][ü\n]', 'output')


@test
def ids_umask_limits_and_name_are_the_callers():
    script = 'id; umask; ulimit -n; ulimit -Hn; hostname; date +%Z'
    here = subprocess.run(['sh', '-c', script], capture_output=True, umask=0o027).stdout
    same(sh(script, umask=0o027).stdout, here, 'surroundings')


@test
def the_clock_is_the_hosts():
    same(abs(int(sh('date +%s').stdout) - time.time()) < 10, True, 'clock')


@test
def env_and_cwd_can_be_set():
    r = sh('pwd; echo $X $Y', options=['--cwd', '/usr', '--env', 'X=1', '--env', 'X=2', '--env', 'Y=a=b'])
    same(r.stdout, b'/usr\n2 a=b\n', 'output')


@test
def user_root_is_root_in_the_guest():
    r = sh('id -u; id -g; mount -t tmpfs none /mnt && echo mounted', options=['--user', 'root'])
    same(r.stdout, b'0\n0\nmounted\n', 'output')


@test
def another_user_has_that_users_rights():
    r = sh('id; cat /etc/shadow', options=['--user', 'nobody'])
    assert b'uid=65534(nobody)' in r.stdout, r.stdout
    assert b'Permission denied' in r.stderr, r.stderr


# ---- files ----

@test
def a_write_stays_in_the_machine():
    with tempfile.TemporaryDirectory() as d:
        with open(f'{d}/a', 'w') as f:
            f.write('before')
        r = sh('echo after > a; echo new > b; mkdir c; cat a b; rm a; ls', cwd=d)
        same((r.stdout, r.stderr), (b'after\nnew\nb\nc\n', b''), 'inside')
        same((os.listdir(d), open(f'{d}/a').read()), (['a'], 'before'), 'outside')


@test
def layers_cover_the_root_and_each_other():
    with tempfile.TemporaryDirectory() as d:
        for layer, files in (('1', 'xy'), ('2', 'x')):
            os.makedirs(f'{d}/{layer}/perennial-layers')
            for name in files:
                with open(f'{d}/{layer}/perennial-layers/{name}', 'w') as f:
                    f.write(layer + name)
        r = sh('cat /perennial-layers/x /perennial-layers/y; test -d /usr/bin',
               options=['--layer', f'{d}/1', '--layer', f'{d}/2'])
    same((r.returncode, r.stdout), (0, b'2x1y'), 'result')


@test
def a_writable_share_is_written():
    with tempfile.TemporaryDirectory() as d:
        open(f'{d}/old', 'w').close()
        r = sh('echo 1 > "$0/new"; cat "$0/new"; rm "$0/old"; mkdir "$0/dir"; echo 2 > "$0/dir/f"'
               .replace('$0', d), options=['--rw', d])
        same((r.returncode, r.stdout, r.stderr), (0, b'1\n', b''), 'result')
        same(sorted(os.listdir(d)), ['dir', 'new'], 'names')
        same(open(f'{d}/dir/f').read(), '2\n', 'content')


def share_kinds():
    """The kinds of shares that can be had here: QEMU's virtiofsd needs root."""
    return ('9p',) if os.geteuid() else ('9p', 'virtiofs')


@test
def extended_attributes_reach_a_writable_share():
    script = r'''cd $0; touch f; /usr/bin/python3 -c '
import errno, os
os.setxattr("f", "user.k", b"v"); os.setxattr("f", "user.long", b"y" * 3000); os.setxattr("f", "user.gone", b"z")
os.removexattr("f", "user.gone")
print(sorted(os.listxattr("f")), os.getxattr("f", "user.k"), len(os.getxattr("f", "user.long")))
for call in (lambda: os.removexattr("f", "user.gone"), lambda: os.setxattr("f", "user.k", b"v", os.XATTR_CREATE)):
    try: print(call())
    except OSError as e: print(errno.errorcode[e.errno])
'
'''
    for kind in share_kinds():
        with tempfile.TemporaryDirectory() as d:
            r = sh(script.replace('$0', d), options=['--share', kind, '--rw', d])
            same((r.stdout, r.stderr), (b"['user.k', 'user.long'] b'v' 3000\nENODATA\nEEXIST\n", b''), f'inside, {kind}')
            same((sorted(os.listxattr(f'{d}/f')), os.getxattr(f'{d}/f', 'user.k')), (['user.k', 'user.long'], b'v'), f'outside, {kind}')


@test
def access_lists_of_shares_are_refused_to_everybody():
    """The kernel in the VM does not obey the machine's lists, so it neither shows nor sets them; and its users stay who they are, though
    the server takes the whole VM for one user."""
    program = r'''import errno, os, struct, sys
def acl(*entries): return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
good = acl((1, 6, 0xffffffff), (2, 4, 1234), (4, 4, 0xffffffff), (16, 4, 0xffffffff), (32, 0, 0xffffffff))
def attempt(call):
    try: print(call())
    except OSError as e: print(errno.errorcode[e.errno])
os.chdir(sys.argv[1])
name = "system.posix_acl_access"
attempt(lambda: os.setxattr("theirs", name, good[:-8]))
attempt(lambda: os.setxattr("theirs", name, good))
attempt(lambda: os.getxattr("theirs", name))
print(os.listxattr("theirs"))
os.setgroups([]); os.setgid(7); os.setuid(7)
attempt(lambda: os.setxattr("theirs", name, good))
attempt(lambda: os.removexattr("theirs", name))
attempt(lambda: os.setxattr("theirs", "system.other", b"1"))
'''
    for kind in share_kinds():
        with tempfile.TemporaryDirectory() as d:
            os.chmod(d, 0o755)
            open(f'{d}/theirs', 'w').close()
            os.chmod(f'{d}/theirs', 0o666)
            os.setxattr(f'{d}/theirs', 'user.k', b'v')
            r = run('/usr/bin/python3', '-c', program, d, options=['--share', kind, '--user', 'root', '--rw', d])
            same((r.stdout, r.stderr), (b"ENOTSUP\nENOTSUP\nENOTSUP\n['user.k']\nENOTSUP\nENOTSUP\nENOTSUP\n", b''), f'inside, {kind}')
            same((os.listxattr(f'{d}/theirs'), os.stat(f'{d}/theirs').st_mode & 0o777), (['user.k'], 0o666), f'outside, {kind}')


def make_small_root(d):
    os.makedirs(f'{d}/bin')
    for name in ('proc', 'sys', 'dev', 'run', 'tmp', 'sub', 'etc'):
        os.mkdir(f'{d}/{name}')
    shutil.copy('/bin/busybox', f'{d}/bin/busybox')
    for applet in subprocess.run(['/bin/busybox', '--list'], capture_output=True, text=True).stdout.split():
        if applet != 'busybox':
            os.symlink('busybox', f'{d}/bin/{applet}')


@test
def another_root_can_be_shared():
    with tempfile.TemporaryDirectory() as d:
        make_small_root(d)
        r = sh('pwd; test -e /usr || echo none; ls /bin/busybox', options=['--root', d])
    same((r.returncode, r.stdout), (0, b'/\nnone\n/bin/busybox\n'), 'result')


def tree_hash(top):
    h = hashlib.sha256()
    for path, dirs, files in os.walk(top):
        dirs.sort()
        for name in sorted(dirs + files):
            full = os.path.join(path, name)
            st = os.lstat(full)
            h.update(repr((full, st.st_mode, st.st_uid, st.st_gid, st.st_size, st.st_mtime_ns,
                           st.st_nlink, st.st_rdev)).encode())
            for x in sorted(os.listxattr(full, follow_symlinks=False)):
                h.update(x.encode() + os.getxattr(full, x, follow_symlinks=False))
            if stat.S_ISREG(st.st_mode):
                with open(full, 'rb') as f:
                    h.update(f.read())
    return h.hexdigest()


HOSTILE = r'''
for d in /m /m/sub; do
    for f in file dir/inner; do
        echo bad > $d/$f; echo bad >> $d/$f; true > $d/$f; chmod 777 $d/$f; chown 1:1 $d/$f
        rm $d/$f; mv $d/$f $d/moved; ln $d/$f $d/hard; touch $d/$f; setfattr -n user.x -v y $d/$f
        truncate -s 0 $d/$f; dd if=/dev/zero of=$d/$f conv=notrunc count=1
    done
    echo new > $d/new; mkdir $d/newdir; mknod $d/null c 1 3; mkfifo $d/fifo; ln -s x $d/link
    rmdir $d/dir; rm -rf $d/dir; touch $d/dir; cp /bin/busybox $d/
done 2>/dev/null
cat /m/file /m/sub/file
ls /m/proc /m/sys /m/dev /m/run | grep -v ':$' | grep .
'''


HOSTILE_INIT = r"""#!/bin/sh
mkdir -p /m
mount -t devtmpfs none /dev; mount -t proc none /proc; mount -t sysfs none /sys
exec >/dev/console 2>&1
for m in $(tr '\0' '\n' < /perennial/config | sed -n 's/^module=//p'); do insmod /perennial/modules/$m; done
MOUNT && echo HOSTILE mounted
(HOSTILE) | sed 's/^/HOSTILE /'
sync; sleep 1; echo HOSTILE end; poweroff -f
"""

# Stands before QEMU in PATH and puts the hostile archive behind the launcher's own.
WRAPPER = r"""#!/bin/sh
i=0
for a in "$@"; do
    i=$((i + 1))
    case $previous in -initrd) cat "$a" 'MORE' > 'JOINED'; a='JOINED';; esac
    previous=$a
    shift; set -- "$@" "$a"
done
exec REAL "$@"
"""


def hostile_archive(d, mount):
    make_small_root(f'{d}/more')
    with open(f'{d}/more/init', 'w') as f:
        f.write(HOSTILE_INIT.replace('MOUNT', mount).replace('HOSTILE)', HOSTILE + ')'))
    os.chmod(f'{d}/more/init', 0o755)
    with open(f'{d}/more.cpio', 'wb') as f:
        subprocess.run('find . | cpio -o -H newc --quiet', shell=True, cwd=f'{d}/more', stdout=f, check=True)
    os.mkdir(f'{d}/path')
    with open(f'{d}/path/qemu-system-x86_64', 'w') as f:
        f.write(WRAPPER.replace('MORE', f'{d}/more.cpio').replace('JOINED', f'{d}/joined.cpio')
                .replace('REAL', shutil.which('qemu-system-x86_64')))
    os.chmod(f'{d}/path/qemu-system-x86_64', 0o755)
    return {**os.environ, 'PATH': f'{d}/path:{os.environ["PATH"]}'}


def hostile(kind):
    """A first process that tries to write everywhere, with a second file system below the root."""
    if os.geteuid():
        raise Skip('mounting a file system needs root')
    mount = {'9p': 'mount -t 9p -o trans=virtio,version=9p2000.L,cache=none layer0 /m',
             'virtiofs': 'mount -t virtiofs layer0 /m'}[kind]
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as d:
        env = hostile_archive(work, mount)
        make_small_root(d)
        subprocess.run(['mount', '-t', 'tmpfs', 'none', f'{d}/sub'], check=True)
        try:
            for top in (d, f'{d}/sub'):
                os.mkdir(f'{top}/dir')
                for name in ('file', 'dir/inner'):
                    with open(f'{top}/{name}', 'w') as f:
                        f.write('safe\n')
            before = tree_hash(d)
            subprocess.run(['mount', '-t', 'proc', 'none', f'{d}/proc'], check=True)
            run('true', options=['--root', d, '--share', kind, '--log', f'{work}/log'], env=env)
            subprocess.run(['umount', f'{d}/proc'], check=True)
            same(tree_hash(d), before, 'hash of the tree')
            lines = re.findall(r'HOSTILE (.*)', open(f'{work}/log', errors='replace').read().replace('\r', ''))
            same(lines, ['mounted', 'safe', 'safe', 'end'], 'what the guest said')
        finally:
            subprocess.run(['umount', f'{d}/proc'], stderr=subprocess.DEVNULL)
            subprocess.run(['umount', f'{d}/sub'], check=True)


@test
def a_hostile_guest_cannot_write_through_9p():
    hostile('9p')


@test
def a_hostile_guest_cannot_write_through_virtiofs():
    hostile('virtiofs')


# Ten processes make and remove at once, each below a directory of its own: what one has removed, the host makes anew for another.
REUSE = r'''
import os, sys
children = []
for n in range(10):
    pid = os.fork()
    if pid:
        children.append(pid)
        continue
    try:
        os.mkdir(f"{sys.argv[1]}/{n}")
        os.chdir(f"{sys.argv[1]}/{n}")
        for turn in range(60):
            for i in range(2):
                os.close(os.open(f"f{i}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            os.mkdir("d")
            os.mkdir("e")
            os.rename("f0", "d/f")
            os.rename("f1", "d/f")
            os.rename("d", "e")
            assert os.listdir("e") == ["f"], os.listdir("e")
            os.unlink("e/f")
            os.rmdir("e")
    except BaseException as error:
        print(n, turn, repr(error), flush=True)
        os._exit(1)
    os._exit(0)
print(sum(os.waitpid(pid, 0)[1] != 0 for pid in children), "failed")
'''


@test
def what_the_host_makes_anew_is_not_what_was_removed():
    for kind in share_kinds():
        with tempfile.TemporaryDirectory() as d:
            r = run('/usr/bin/python3', '-c', REUSE, d, options=['--share', kind, '--user', 'root', '--cpus', '1', '--rw', d])
            same((r.returncode, r.stdout), (0, b'0 failed\n'), f'result over {kind} ({r.stderr!r})')


@test
def commands_run_through_virtiofs():
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    r = run('/usr/bin/python3', '-c', 'print(6*7)', options=['--share', 'virtiofs'])
    same((r.returncode, r.stdout), (0, b'42\n'), f'result ({r.stderr!r})')


@test
def a_share_s_file_that_was_copied_up_has_access_times():
    """The server keeps the times of its own files; those of the copy are the machine's, from the copying on."""
    script = ('f=/etc/debian_version; exec 3<$f; chmod u+x $f; touch -a -d 2001-01-01T00:00:00Z $f; stat -c %X $f; cat $f >/dev/null; '
              'test $(stat -c %X $f) -gt 1000000000 && echo later')
    for kind in share_kinds():
        r = sh(script, options=['--share', kind, '--user', 'root'])
        same((r.returncode, r.stdout), (0, b'978307200\nlater\n'), f'result over {kind} ({r.stderr!r})')


def does_what_the_machine_does(kind):
    """Programs that use files of a writable share see what they would see on the machine (share_calls.py)."""
    program = f'{TOP}/tests/host/share_calls.py'
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        expected = subprocess.run(['/usr/bin/python3', program, here], capture_output=True, check=True).stdout
        r = run('/usr/bin/python3', program, there, options=['--share', kind, '--rw', there])
    if kind == '9p':
        drop = re.compile(rb'only_virtiofs_.*\n')
        expected, r.stdout = drop.sub(b'', expected), drop.sub(b'', r.stdout)
    same((r.stdout, r.returncode), (expected, 0), f'result ({r.stderr!r})')


@test
def a_writable_9p_share_does_what_the_machine_does():
    does_what_the_machine_does('9p')


@test
def a_writable_virtiofs_share_does_what_the_machine_does():
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    does_what_the_machine_does('virtiofs')


def below(pid):
    """Every process that descends from @pid."""
    with open(f'/proc/{pid}/task/{pid}/children') as f:
        for child in map(int, f.read().split()):
            yield child
            yield from below(child)


def has_ended(pid):
    try:
        with open(f'/proc/{pid}/stat') as f:
            return f.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except FileNotFoundError:
        return True


def server_of_export(pid, number):
    """The virtiofsd below @pid that serves export @number; its thread for requests is a child of the one we know."""
    for p in below(pid):
        with open(f'/proc/{p}/cmdline') as f:
            if f'/v{number}\0' in f.read():
                return p
    raise AssertionError('no server')


@test
def programs_on_a_share_cannot_tell_that_the_world_stood_still():
    """The loads of tests/guest/still on files, with their directory on a share; forty rounds meet each call and page faults."""
    if KERNEL != 'ours':
        raise Skip('Linux has no stillness; tests/guest proves the loads there')
    for kind in share_kinds():
        with tempfile.TemporaryDirectory() as d:
            r = run(f'{TOP}/build/tests/guest/still/still_test', 'nobody_can_tell_that_the_world_stood_still',
                    options=['--share', kind, '--user', 'root', '--rw', d, '--env', f'STILL_DIR={d}'])
        words = r.stdout.splitlines()[-1].split() if r.stdout else [] # the third is the milliseconds that it took
        same((r.returncode, words[:2]), (0, [b'ok', b'nobody_can_tell_that_the_world_stood_still']),
             f'result over {kind} ({r.stdout!r}, {r.stderr!r})')


# A program waits for a silent server when stillness is refused in the names of both: no other sign tells them from other waits, as for a page
# of the program itself, from the root's server.
WAITS = r"""
still() { echo 300 > /sys/kernel/debug/still; }
waits() { ! still && grep -q "^task $1 $2\$" /sys/kernel/debug/still && grep -q "^device $tag\$" /sys/kernel/debug/still; }
"""

SILENT = WAITS + r"""
echo ready; read go
cat "$dir/file" & c=$!
until waits $c cat; do :; done
grep result /sys/kernel/debug/still
"""


def stop(pid):
    """Stop a process, and see each of its threads stand."""
    os.kill(pid, signal.SIGSTOP)
    while any(open(f'/proc/{pid}/task/{t}/stat').read().rsplit(')', 1)[1].split()[0] != 'T' for t in os.listdir(f'/proc/{pid}/task')):
        pass


def talk_with_silent_server(p, server, conversation):
    """The server is stopped from the program's first line until the conversation starts it again."""
    try:
        same(p.stdout.readline(), b'ready\n', 'line')
        server = server()
        stop(server)
        p.stdin.write(b'go\n')
        conversation(p, server)
        same(p.wait(), 0, 'status')
    finally:
        p.kill()
        p.wait()


def wait_for_socket(path, server):
    while not os.path.exists(path):
        assert server.poll() is None, 'the server has ended'
        time.sleep(0.01)


def silent(script, *options):
    return subprocess.Popen([*base(), '--user', 'root', *options, '--', '/bin/bash', '-c', script],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)


def with_silent_virtiofs_server(script, conversation, before=SILENT, *options):
    if KERNEL != 'ours':
        raise Skip('Linux can neither kill nor name what waits for a virtio-fs server')
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    with tempfile.TemporaryDirectory() as d:
        with open(f'{d}/file', 'w') as f:
            f.write('contents\n')
        p = silent(f'dir={d} tag=rw0; {before}{script}', '--share', 'virtiofs', '--rw', d, *options)
        talk_with_silent_server(p, lambda: server_of_export(p.pid, 1), conversation)


def with_9p_helper(talk):
    """
    QEMU's 9p server asks a helper for each file operation; with the helper stopped it does not answer, while its processors run. Calls @talk
    with the helper, a share of it that has one file, and the options that mount tag "slow" needs.
    """
    if KERNEL != 'ours':
        raise Skip('Linux has no stillness')
    if os.geteuid():
        raise Skip("virtfs-proxy-helper needs root")
    device = 'virtio-9p-pci' if MACHINE == 'q35' else 'virtio-9p-device'
    with tempfile.TemporaryDirectory() as d:
        os.mkdir(f'{d}/share')
        with open(f'{d}/share/file', 'w') as f:
            f.write('contents\n')
        helper = subprocess.Popen(['/usr/lib/qemu/virtfs-proxy-helper', '-n', '-p', f'{d}/share', '-s', f'{d}/socket', '-u', '0', '-g', '0'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_socket(f'{d}/socket', helper)
            talk(helper, ['--qemu-arg=-fsdev', f'--qemu-arg=proxy,id=slow,socket={d}/socket',
                          '--qemu-arg=-device', f'--qemu-arg={device},fsdev=slow,mount_tag=slow'])
        finally:
            helper.kill()
            helper.wait()


MOUNT_9P = 'mkdir /tmp/m; mount -t 9p -o trans=virtio,version=9p2000.L slow /tmp/m; '


def with_silent_9p_server(script, conversation):
    def talk(helper, options):
        p = silent(f'dir=/tmp/m tag=slow; {MOUNT_9P}{SILENT}{script}', '--share', '9p', *options)
        talk_with_silent_server(p, lambda: helper.pid, conversation)
    with_9p_helper(talk)


@test
def a_program_that_waits_for_a_silent_virtiofs_server_can_be_killed():
    def conversation(p, server):
        same(p.stdout.readline(), b'result -16\n', 'line')
        same(p.stdout.readline(), b'killed 137\n', 'line')
        os.kill(server, signal.SIGCONT)
        p.stdin.write(b'go\n')
        same(p.stdout.readline(), b'contents\n', 'line')
    with_silent_virtiofs_server('kill -9 $c; wait $c; echo killed $?; read go; cat "$dir/file"', conversation)


# The victim has memory and waits for the server; an eater that offers less takes the rest.
OOM_SILENT = WAITS + r"""
offer='import sys; open("/proc/self/oom_score_adj", "w").write(sys.argv[1]);'
echo ready; read go
/usr/bin/python3 -I -c "$offer a = bytearray(b'x') * (64 << 20); open(sys.argv[2]).read()" 1000 "$dir/file" & c=$!
until waits $c python3; do :; done
/usr/bin/python3 -I -c "$offer a = [bytearray(b'x') * (1 << 20) for i in range(1 << 20)]" 0 & e=$!
wait $c; echo victim $?
wait $e; echo eater $?
dmesg | sed -n 's/.*Killed process \([0-9]*\) .*/\1/p' | head -1 | { read first; [ "$first" = $c ] && echo first; }
"""


@test
def a_victim_of_the_oom_killer_that_waits_for_a_silent_server_ends():
    def conversation(p, server):
        same([p.stdout.readline() for _ in range(3)], [b'victim 137\n', b'eater 137\n', b'first\n'], 'lines')
        os.kill(server, signal.SIGCONT)
    with_silent_virtiofs_server('', conversation, OOM_SILENT, '--memory', '512')


# tests/host/killed_waits.py says what is done; then nothing may be left of it in the kernel.
KILLED = r"""
/usr/bin/python3 -I KILLED_WAITS /tmp/m KIND_rpc || exit 3
umount /tmp/m || exit 4
held() { grep KIND_ /sys/kernel/debug/objects | while read name owner id version live rest; do echo $live; done; }
while held | grep -qv '^0$'; do :; done # inodes go after a grace period
"""


def killed_waits(mount, kind):
    return mount + KILLED.replace('KILLED_WAITS', f'{TOP}/tests/host/killed_waits.py').replace('KIND', kind)


def waits_are_killed(p, server, answered=()):
    """@answered: the calls that this server answers all the same."""
    word, *others = p.stdout.readline().decode().split()
    assert word == 'reaped' and set(others) <= set(answered), (word, others)
    os.kill(server, signal.SIGCONT)
    p.stdin.write(b'go\n')
    same(p.stdout.readline(), b'well\n', 'line')


@test
def every_wait_for_a_silent_9p_server_can_be_killed():
    """Nothing is believed (cache_ms=0), so that all calls ask. QEMU itself reads, writes and syncs what the helper has opened for it."""
    def talk(helper, options):
        p = silent(killed_waits(MOUNT_9P.replace('trans=', 'cache_ms=0,trans='), 'p9'), '--share', 'virtiofs', *options)
        talk_with_silent_server(p, lambda: helper.pid, lambda p, server: waits_are_killed(p, server, ('read_a_map', 'write', 'sync', 'go_on_listing')))
    with_9p_helper(talk)


# One waits for the answer, the other for the end of the first one's session. What happens then is for a third.
KILLED_MOUNT = WAITS + r"""
mkdir /tmp/m; echo ready; read go
for i in 1 2; do
    mount -t 9p -o trans=virtio,version=9p2000.L slow /tmp/m & m=$!
    until waits $m mount; do :; done
    kill -9 $m; wait $m; echo killed $?
done
read go
mount -t 9p -o trans=virtio,version=9p2000.L slow /tmp/m && cat /tmp/m/file && umount /tmp/m; echo unmounted $?
held() { grep p9_ /sys/kernel/debug/objects | while read name owner id version live rest; do echo $live; done; }
while held | grep -qv '^0$'; do :; done
"""


@test
def a_mount_of_a_silent_9p_server_can_be_killed():
    def conversation(p, server):
        same((p.stdout.readline(), p.stdout.readline()), (b'killed 137\n', b'killed 137\n'), 'lines')
        os.kill(server, signal.SIGCONT)
        p.stdin.write(b'go\n')
        same(p.stdout.read(), b'contents\nunmounted 0\n', 'afterwards')

    def talk(helper, options):
        talk_with_silent_server(silent('tag=slow' + KILLED_MOUNT, '--share', 'virtiofs', *options), lambda: helper.pid, conversation)
    with_9p_helper(talk)


# One waits for the answer to INIT, the other for the end of its connection, and a third umount that syncs must pass over for its DESTROY.
KILLED_VIRTIOFS_MOUNT = WAITS + r"""
mkdir /tmp/m; umount $dir || exit 3
echo ready; read go
for i in 1 2; do
    mount -t virtiofs rw0 /tmp/m & m=$!
    until waits $m mount; do :; done
    kill -9 $m; wait $m; echo killed $?
done
read go
mount -t virtiofs rw0 /tmp/m && cat /tmp/m/file; echo mounted $?
read go
umount /tmp/m & u=$!
until waits $u umount; do :; done
sync; echo synced
read go
wait $u; echo unmounted $?
"""


@test
def a_mount_of_a_silent_virtiofs_server_can_be_killed():
    def go(p, server, sign):
        os.kill(server, sign) if sign == signal.SIGCONT else stop(server)
        p.stdin.write(b'go\n')

    def conversation(p, server):
        same((p.stdout.readline(), p.stdout.readline()), (b'killed 137\n', b'killed 137\n'), 'lines')
        go(p, server, signal.SIGCONT)
        same((p.stdout.readline(), p.stdout.readline()), (b'contents\n', b'mounted 0\n'), 'lines')
        go(p, server, signal.SIGSTOP)
        same(p.stdout.readline(), b'synced\n', 'line')
        go(p, server, signal.SIGCONT)
        same(p.stdout.read(), b'unmounted 0\n', 'afterwards')
    with_silent_virtiofs_server(KILLED_VIRTIOFS_MOUNT, conversation, before='')


# QEMU lets 50,000 bytes a second pass: what is written and what is read waits for that in the middle, and would for longer than the test may take.
# Each is killed in its transfer: dd writes to descriptor 1 and reads from 0.
TRANSFER_BYTES = 8000000
KILLED_TRANSFER = r"""
moves() { grep -q "^$2" /proc/$1/syscall && grep -q '(dd) D' /proc/$1/stat; }
mkdir /tmp/m; mount -t 9p -o trans=virtio,version=9p2000.L slow /tmp/m
head -c SIZE /dev/zero | tr '\0' n > /tmp/new
dd if=/tmp/new of=/tmp/m/written conv=notrunc bs=SIZE & w=$!
until moves $w '1 0x1 '; do :; done
dd if=/tmp/m/read of=/tmp/copy bs=4096 & r=$!
until moves $r '0 0x0 '; do :; done
kill -9 $w $r; wait $w; s=$?; wait $r; echo killed $s $?
held() { grep "$1" /sys/kernel/debug/objects | while read name owner id version live rest; do echo $live; done; }
while held p9_rpc | grep -qv '^0$'; do :; done
echo again | dd of=/tmp/m/written conv=notrunc oflag=append; tail -c 6 /tmp/m/written
cmp -n $(stat -c %s /tmp/copy) /tmp/copy /tmp/m/read && echo same
umount /tmp/m
while held p9_ | grep -qv '^0$'; do :; done
"""


@test
def a_killed_transfer_has_its_pages_until_the_9p_server_is_done_with_them():
    if KERNEL != 'ours':
        raise Skip("looks at our kernel's objects")
    if os.geteuid():
        raise Skip("the root is served by QEMU's virtiofsd, which needs root")
    with tempfile.TemporaryDirectory() as d:
        for name in ('written', 'read'):
            with open(f'{d}/{name}', 'w') as f:
                f.write('o' * TRANSFER_BYTES)
        r = run('/bin/bash', '-c', KILLED_TRANSFER.replace('SIZE', str(TRANSFER_BYTES)), options=[
            '--share', 'virtiofs', '--user', 'root', '--qemu-arg=-fsdev',
            f'--qemu-arg=local,id=slow,path={d},security_model=none,throttling.bps-total=50000', '--qemu-arg=-device',
            f'--qemu-arg=virtio-9p-{"pci" if MACHINE == "q35" else "device"},fsdev=slow,mount_tag=slow'])
        same((r.returncode, r.stdout), (0, b'killed 137 137\nagain\nsame\n'), f'result ({r.stderr!r})')
        written = open(f'{d}/written').read()
        assert re.fullmatch('n*o*again\n', written) and len(written) == TRANSFER_BYTES + 6, written.strip('no')


# Dirty pages of a map outlive its last file. Here they are written at 50,000 bytes a second.
SLOW_DIRTY = r"""
still() { echo 300 > /sys/kernel/debug/still; }
waits() { ! still && grep -q "^task $1 $2\$" /sys/kernel/debug/still && grep -Eq '^device (slow|write-back)$' /sys/kernel/debug/still; }
mkdir /tmp/m; mount -t 9p -o trans=virtio,version=9p2000.L slow /tmp/m
/usr/bin/python3 -I -c 'import mmap, os
fd = os.open("/tmp/m/mapped", os.O_RDWR)
m = mmap.mmap(fd, 400000)
os.close(fd)
m[:] = b"n" * 400000'
"""

# The flusher has begun to write the pages of a map that is still there, and does not wait for them; who syncs does.
SYNCED_FLUSH = SLOW_DIRTY.split('/usr/bin/python3')[0] + r"""
cd /proc/sys/vm; echo 1 > dirty_expire_centisecs; echo 10 > dirty_writeback_centisecs; cd /
mkfifo /tmp/end
/usr/bin/python3 -I -c 'import mmap, os
m = mmap.mmap(os.open("/tmp/m/mapped", os.O_RDWR), 400000)
m[:] = b"n" * 400000
open("/tmp/end").read()' &
until waits '[0-9]*' flusher; do kill -0 $! || exit 3; done
sync; echo synced; read go
echo end > /tmp/end; wait $!; umount /tmp/m; echo unmounted $?
"""

# umount writes them, and who syncs meanwhile waits for it.
SYNCED_UMOUNT = SLOW_DIRTY + r"""
umount /tmp/m & u=$!
until waits $u umount; do kill -0 $u || exit 3; done
sync; echo synced; read go
wait $u; echo unmounted $?
"""

# A remount to read-only writes them, and nobody begins to write meanwhile.
WRITTEN_REMOUNT = SLOW_DIRTY + r"""
mount -o remount,ro /tmp/m & r=$!
until waits $r mount; do kill -0 $r || exit 3; done
(exec 9>>/tmp/m/mapped) 2>&1 | grep -o 'Read-only file system'
wait $r; echo remounted $?
umount /tmp/m; echo unmounted $?
"""


def with_slow_share(script, conversation):
    if KERNEL != 'ours':
        raise Skip('Linux has no stillness')
    if os.geteuid():
        raise Skip("the root is served by QEMU's virtiofsd, which needs root")
    with tempfile.TemporaryDirectory() as d:
        with open(f'{d}/mapped', 'w') as f:
            f.write('o' * 400000)
        p = silent(script, '--share', 'virtiofs', '--qemu-arg=-fsdev',
                   f'--qemu-arg=local,id=slow,path={d},security_model=none,throttling.bps-write=50000', '--qemu-arg=-device',
                   f'--qemu-arg=virtio-9p-{"pci" if MACHINE == "q35" else "device"},fsdev=slow,mount_tag=slow')
        try:
            conversation(p, d)
        finally:
            p.kill()
            p.wait()


def find_all_written_by_sync(p, d):
    same(p.stdout.readline(), b'synced\n', 'line')
    same(open(f'{d}/mapped').read().count('n'), 400000, 'bytes that were written')
    p.stdin.write(b'go\n')
    same(p.stdout.read(), b'unmounted 0\n', 'afterwards')


@test
def a_sync_waits_for_what_an_unmount_still_writes():
    with_slow_share(SYNCED_UMOUNT, find_all_written_by_sync)


@test
def a_sync_waits_for_what_the_flusher_still_writes():
    with_slow_share(SYNCED_FLUSH, find_all_written_by_sync)


@test
def nobody_begins_to_write_while_a_remount_writes_back():
    def conversation(p, d):
        same(p.stdout.read(), b'Read-only file system\nremounted 0\nunmounted 0\n', 'output')
        same(open(f'{d}/mapped').read().count('n'), 400000, 'bytes that were written')
    with_slow_share(WRITTEN_REMOUNT, conversation)


# Ends the machine with a page of the share still to be written.
FINAL_SYNC = r"""
exec /usr/bin/python3 -I -c 'import ctypes, mmap, os, sys
libc = ctypes.CDLL(None)
m = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 9)
m[0:3] = b"new"
print("ready", flush=True)
sys.stdin.readline()
libc.reboot(0x4321fedc)' $dir/file
"""


@test
def a_silent_server_does_not_keep_the_machine_from_ending():
    if KERNEL != 'ours':
        raise Skip('Linux does not write back when the machine ends')
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    with tempfile.TemporaryDirectory() as d, tempfile.NamedTemporaryFile() as log:
        with open(f'{d}/file', 'w') as f:
            f.write('contents\n')
        p = silent(f'dir={d}; {FINAL_SYNC}', '--share', 'virtiofs', '--rw', d, '--log', log.name)
        try:
            same(p.stdout.readline(), b'ready\n', 'line')
            server = server_of_export(p.pid, 1)
            stop(server)
            p.stdin.write(b'go\n')
            text = ''
            while 'reboot: power down' not in text:
                assert p.poll() is None, text[-500:]
                time.sleep(0.1)
                text += log.read().decode()
            os.kill(server, signal.SIGCONT)  # QEMU ends when it has answered
            assert re.search(r'virtiofs \(0:\d+\) is not written back', text), text[-500:]
        finally:
            p.kill()
            p.wait()


@test
def every_wait_for_a_silent_virtiofs_server_can_be_killed():
    if KERNEL != 'ours':
        raise Skip('Linux cannot kill what waits for a virtio-fs server')
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    name = 'vhost-user-fs-pci' if MACHINE == 'q35' else 'vhost-user-fs-device'
    with tempfile.TemporaryDirectory() as d:
        os.mkdir(f'{d}/share')
        server = subprocess.Popen(['/usr/lib/qemu/virtiofsd', f'--socket-path={d}/socket', '-o', f'source={d}/share,cache=auto,timeout=0,sandbox=chroot'],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_socket(f'{d}/socket', server)
            p = silent(killed_waits('mkdir /tmp/m; mount -t virtiofs slow /tmp/m; ', 'fuse'), '--share', '9p', '--memory', '512',
                       '--qemu-arg=-object', '--qemu-arg=memory-backend-memfd,id=shared,share=on,size=512M',
                       '--qemu-arg=-machine', '--qemu-arg=memory-backend=shared', '--qemu-arg=-chardev',
                       f'--qemu-arg=socket,id=slow,path={d}/socket', '--qemu-arg=-device', f'--qemu-arg={name},chardev=slow,tag=slow')
            talk_with_silent_server(p, lambda: server.pid, waits_are_killed)
        finally:
            server.kill()
            server.wait()


# Ten refusals of 300 ms. After each a program goes on to write more than its pipe holds. Then the server answers.
REFUSED = r"""
exec 3< <(yes)
for i in 1 2 3 4 5 6 7 8 9; do
    until waits $c cat; do :; done
    head -c 70000 <&3 | wc -c
done
wait $c; still; echo still $?
"""


def is_refused_by_name(with_silent_server):
    def conversation(p, server):
        same(p.stdout.readline(), b'result -16\n', 'line')
        for _ in range(9):
            same(p.stdout.readline(), b'70000\n', 'line')
        os.kill(server, signal.SIGCONT)
        same(p.stdout.read(), b'contents\nstill 0\n', 'afterwards')
    with_silent_server(REFUSED, conversation)


@test
def stillness_is_refused_by_name_while_a_virtiofs_server_is_silent():
    is_refused_by_name(with_silent_virtiofs_server)


@test
def stillness_is_refused_by_name_while_a_9p_server_is_silent():
    is_refused_by_name(with_silent_9p_server)


# Everything that a share can be asked, three times over; then what the kernel still holds of it.
USES = r"""
uses() {
    mount -t virtiofs liar /tmp/m || return
    cd /tmp/m
    for i in 1 2 3; do
        ls -la . dir dir/dir; cat file dir/file link f1 nothing; find . -maxdepth 2; stat file dir link; readlink link; df .
        echo data > new$i; echo more >> file; cp file copy$i; mkdir dnew$i; mv file moved$i; ln file nohard$i; ln -s x nolink$i
        dd if=file of=/dev/null iflag=direct bs=4096 count=1; dd if=/dev/zero of=flarge oflag=direct bs=64k count=3
        rm -f f$i; rmdir dir/dir; chmod 600 file; touch file; truncate -s 50 file
        /usr/bin/python3 -I -c 'import mmap, os
for step in ("f = open(\"file\", \"r+b\")", "os.listxattr(\"file\")", "m = mmap.mmap(f.fileno(), 50)", "m[0:3] = b\"abc\"", "m.flush()",
             "os.copy_file_range(f.fileno(), f.fileno(), 10, 0, 30)", "os.lseek(f.fileno(), 0, os.SEEK_HOLE)",
             "os.posix_fallocate(f.fileno(), 0, 200)", "os.rename(\"file\", \"fother\")"):
    try:
        exec(step)
    except (OSError, ValueError, NameError):
        pass'
        sync
    done
    cd /; umount /tmp/m; echo unmounted $?
}
mkdir /tmp/m
uses 2>/dev/null | grep unmounted
held() { grep fuse_ /sys/kernel/debug/objects | while read name owner id version live rest; do echo $name $live; done; }
while held | grep -qv ' 0$'; do :; done # inodes go after a grace period
held
"""


@test
def a_lying_virtiofs_server_gets_errors_and_nothing_else():
    """The kernel lives, nothing of what the server granted or lied about stays, and what uses the share only gets errors."""
    if KERNEL != 'ours':
        raise Skip("looks at our kernel's objects")
    name = 'vhost-user-fs-pci' if MACHINE == 'q35' else 'vhost-user-fs-device'
    for seed, rate in ((1, 0), (2, 8), (3, 3)):
        with tempfile.TemporaryDirectory() as d:
            server = subprocess.Popen(['/usr/bin/python3', f'{TOP}/tests/host/hostile_fuse.py', f'{d}/socket', str(seed), str(rate)],
                                      stdout=subprocess.PIPE)
            same(server.stdout.readline(), b'listening\n', 'server')
            r = run('/bin/bash', '-c', USES, options=[
                '--share', '9p', '--user', 'root', '--memory', '512', '--log', f'{d}/log',
                '--qemu-arg=-object', '--qemu-arg=memory-backend-memfd,id=shared,share=on,size=512M',
                '--qemu-arg=-machine', '--qemu-arg=memory-backend=shared', '--qemu-arg=-chardev',
                f'--qemu-arg=socket,id=liar,path={d}/socket', '--qemu-arg=-device', f'--qemu-arg={name},chardev=liar,tag=liar'])
            server.kill()
            server.wait()
            same((r.stdout, r.returncode), (b'unmounted 0\nfuse_rpc 0\nfuse_inode 0\nfuse_read 0\n', 0), f'result of seed {seed} ({r.stderr!r})')
            log = open(f'{d}/log', errors='replace').read()
            assert not re.search('WARN|BUG|panic:', log), log[-2000:]


# What a lying size makes endless is cut; a step that hangs is a failure, and its kill would say so.
USES_9P = r"""
uses() {
    for i in $(seq 50); do mount -t 9p -o trans=virtio,version=9p2000.L,cache_ms=0 liar /tmp/m && break; done
    cd /tmp/m
    for i in 1 2 3; do
        ls -laU . dir dir/dir | head -n 2000; for f in file dir/file link f1 nothing; do head -c 300000 $f; done; find . -maxdepth 2 | head -n 2000
        stat file dir link; readlink link; df .
        echo data > new$i; echo more >> file; head -c 100000 file > copy$i; mkdir new; mkdir new/d$i; mv file moved$i; mv moved$i file
        ln file hard$i; ln -s x link$i; mknod fifo$i p
        dd if=file of=/dev/null iflag=direct bs=4096 count=3; dd if=/dev/zero of=large oflag=direct bs=64k count=3
        rm -f f$i hard$i link$i fifo$i; rmdir dir/dir new/d$i; chmod 600 file; touch file; truncate -s 50 file
        /usr/bin/python3 -I -c 'import mmap, os
for step in ("f = open(\"file\", \"r+b\")", "os.listxattr(\"file\")", "os.setxattr(\"file\", \"user.a\", b\"b\")", "m = mmap.mmap(f.fileno(), 50)", "m[0:3] = b\"abc\"",
             "m.flush()", "os.fsync(f.fileno())", "os.posix_fallocate(f.fileno(), 0, 200)", "os.rename(\"file\", \"other\")", "os.rename(\"other\", \"file\")"):
    try:
        exec(step)
    except (OSError, ValueError, NameError):
        pass'
        sync
    done
    cd /
    for i in $(seq 50); do umount /tmp/m && break; done # it looks at the directory first, and is lied to
    echo unmounted $?
}
mkdir /tmp/m
uses 2>/dev/null | grep -a '^unmounted'
held() { grep p9_ /sys/kernel/debug/objects | while read name owner id version live rest; do echo $name $live; done; }
while held | grep -qv ' 0$'; do :; done # inodes go after a grace period
held
"""


@test
def a_lying_9p_server_gets_errors_and_nothing_else():
    """As for virtio-fs; the kernel damages the answers itself (kernel/fs/p9/tests/liar.c), since no 9p server of QEMU's would."""
    if KERNEL != 'ours':
        raise Skip('needs p9_lie=')
    if os.geteuid():
        raise Skip("the root is served by QEMU's virtiofsd, which needs root")
    for seed, rate in ((1, 0), (2, 20), (3, 7), (4, 3)):
        with tempfile.TemporaryDirectory() as d, tempfile.TemporaryDirectory() as shared:
            os.makedirs(f'{shared}/dir/dir')
            for name in ('file', 'dir/file', *(f'f{i}' for i in range(60))):
                with open(f'{shared}/{name}', 'w') as f:
                    f.write('contents\n' * 2000)
            os.symlink('file', f'{shared}/link')
            r = run('/bin/bash', '-c', USES_9P, options=[
                '--share', 'virtiofs', '--user', 'root', '--log', f'{d}/log', '--append', f'p9_lie=liar:{seed}:{rate}',
                '--qemu-arg=-fsdev', f'--qemu-arg=local,id=liar,path={shared},security_model=none',
                '--qemu-arg=-device', f'--qemu-arg=virtio-9p-{"pci" if MACHINE == "q35" else "device"},fsdev=liar,mount_tag=liar'])
            same((r.stdout, r.returncode), (b'unmounted 0\np9_inode 0\np9_rpc 0\np9_fid 0\np9_read 0\n', 0), f'result of seed {seed} ({r.stderr!r})')
            log = open(f'{d}/log', errors='replace').read()
            assert not re.search('WARN|BUG|panic:', log), log[-2000:]


@test
def the_hosts_proc_sys_dev_run_are_not_shown():
    with tempfile.TemporaryDirectory(dir='/run' if os.access('/run', os.W_OK) else None) as d:
        r = sh(f'test -e {d} && echo seen; test -d /proc/{os.getpid()} && echo seen; ls /run')
        if d.startswith('/run'):
            assert b'seen' not in r.stdout, r.stdout
    assert os.path.basename(d).encode() not in r.stdout


@test
def without_a_share_there_is_busybox():
    r = sh('busybox | head -1; ls /usr/bin/python3', options=['--share', 'none'])
    assert r.stdout.startswith(b'BusyBox'), (r.stdout, r.stderr)
    assert r.returncode, 'a file of the host is visible'


@test
def an_initrd_of_ones_own_is_the_root():
    for packer in (None, ['gzip', '-c'], ['xz', '-c', '--check=crc32']):
        with tempfile.TemporaryDirectory() as d:
            make_small_root(f'{d}/root')
            with open(f'{d}/root/etc/mine', 'w') as f:
                f.write('mine\n')
            archive = subprocess.run('find . | cpio -o -H newc --quiet', shell=True, cwd=f'{d}/root',
                                     capture_output=True, check=True).stdout
            if packer:
                archive = subprocess.run(packer, input=archive, capture_output=True, check=True).stdout
            with open(f'{d}/initrd', 'wb') as f:
                f.write(archive)
            r = sh('cat /etc/mine', options=['--initrd', f'{d}/initrd'])
        same((r.returncode, r.stdout), (0, b'mine\n'), f'result ({packer}, {r.stderr!r})')


# ---- the ordinary user ----

def as_user(script, *options):
    """Run as nobody, who is not in any group of ours; needs root to become that."""
    if os.geteuid():
        raise Skip('needs root to become another user')
    user = pwd.getpwnam('nobody')
    with tempfile.TemporaryDirectory() as d:
        os.chmod(d, 0o755)
        shutil.copy(PERENNIAL, f'{d}/perennial')
        kernel = KERNEL
        if KERNEL == 'ours':
            kernel = f'{os.path.dirname(os.path.realpath(PERENNIAL))}/perennial.elf'
            shutil.copy(kernel, f'{d}/vmlinuz')
        else:
            root = os.path.dirname(os.path.dirname(os.path.realpath(KERNEL)))
            os.symlink(f'{root}/lib', f'{d}/lib')
            os.mkdir(f'{d}/boot')
            subprocess.run(['cp', os.path.realpath(KERNEL), f'{d}/boot/vmlinuz'], check=True)
        kernel = f'{d}/vmlinuz' if KERNEL == 'ours' else f'{d}/boot/vmlinuz'
        os.mkdir(f'{d}/home')
        os.chown(f'{d}/home', user.pw_uid, user.pw_gid)
        return subprocess.run(
            [f'{d}/perennial', 'run', '--timeout', str(LIMIT), '--machine', MACHINE, '--kernel', kernel,
             *options, '--', '/bin/sh', '-c', script],
            user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd=f'{d}/home', capture_output=True,
            stdin=subprocess.DEVNULL, env={'PATH': os.environ['PATH'], 'HOME': f'{d}/home'}, timeout=LIMIT + 20)


@test
def an_ordinary_user_runs_as_that_user():
    r = as_user('id -u; touch here; ls; stat -c %U /usr; cat /etc/shadow')
    same(r.stdout, b'65534\nhere\nroot\n', f'output ({r.stderr!r})')


@test
def guest_root_reads_only_what_the_caller_may():
    r = as_user('id -u; cat /etc/shadow', '--user', 'root')
    same((r.stdout, b'Permission denied' in r.stderr), (b'0\n', True), f'output ({r.stderr!r})')


# ---- time, signals, failures ----

@test
def the_time_limit_is_124():
    start = time.monotonic()
    r = run('sleep', '1000', options=['--timeout', '15'])
    same(r.returncode, 124, 'status')
    assert 14 < time.monotonic() - start < 25


def interrupted(signo, script, expected):
    p = subprocess.Popen([*base(), '--', 'sh', '-c', script], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same(p.stdout.readline(), b'ready\n', 'first line')
    p.send_signal(signo)
    out, err = p.communicate(timeout=LIMIT)
    same((p.returncode, out), expected, f'result ({err!r})')


@test
def a_signal_reaches_the_command():
    interrupted(signal.SIGTERM, 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done',
                (9, b'got\n'))


@test
def an_interrupt_ends_the_command():
    interrupted(signal.SIGINT, 'echo ready; exec sleep 1000', (130, b''))


@test
def a_panic_is_shown_and_is_125():
    if KERNEL == 'ours':
        r = sh('sleep 5', options=['--append', 'crash=null'])
    else:
        r = sh('echo c > /proc/sysrq-trigger; sleep 5',
               options=['--user', 'root', '--append', 'sysrq_always_enabled'])
    same(r.returncode, 125, 'status')
    assert b'panic' in r.stderr and re.search(rb'\w+\+0x[0-9a-f]+/0x', r.stderr), r.stderr


@test
def no_memory_is_a_panic_if_the_setting_says_so():
    """Not for a victim that was asked for by hand: the shell that asks it of the kernel sees it go."""
    r = sh('echo 1 > /proc/sys/vm/panic_on_oom; sleep 1000 & echo 1000 > /proc/$!/oom_score_adj; echo f > /proc/sysrq-trigger; wait $!; '
           'echo victim $?; exec python3 -I -c "a = [bytearray(b\'x\') * (1 << 20) for i in range(1 << 20)]"',
           options=['--user', 'root', '--memory', '512', '--append', 'sysrq_always_enabled'])
    same((r.returncode, r.stdout), (125, b'victim 137\n'), f'result ({r.stderr[-300:]!r})')
    assert b'Out of memory: system-wide panic_on_oom is enabled' in r.stderr, r.stderr


@test
def a_machine_that_dies_is_125_with_the_reason():
    p = subprocess.Popen([*base(), '--', 'sh', '-c', 'echo ready; sleep 1000'], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    same(p.stdout.readline(), b'ready\n', 'first line')
    for child in open(f'/proc/{p.pid}/task/{p.pid}/children').read().split():
        if 'qemu' in open(f'/proc/{child}/comm').read():
            os.kill(int(child), signal.SIGKILL)
    err = p.communicate(timeout=LIMIT)[1]
    same((p.returncode, err.splitlines()[-1]),
         (125, b'perennial: the machine stopped before the command ended: QEMU was killed by signal 9, Killed'), 'result')


@test
def what_a_killed_launcher_left_is_taken_away_by_the_next():
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    with tempfile.TemporaryDirectory() as d:
        env = {**os.environ, 'XDG_RUNTIME_DIR': d}
        started = []
        for _ in range(2):
            p = subprocess.Popen([*base(), '--share', 'virtiofs', '--', 'sh', '-c', 'echo ready; sleep 1000'], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
            same(p.stdout.readline(), b'ready\n', 'first line')
            started.append((p, list(below(p.pid)), set(os.listdir(d))))
        (killed, children, left), (alive, _, both) = started
        try:
            same((len(left), len(both)), (1, 2), 'directories')
            killed.kill()
            killed.wait()
            while not all(map(has_ended, children)):
                time.sleep(0.01)
            assert left <= set(os.listdir(d)), 'killed and yet tidy'
            same(run('true', options=['--share', 'virtiofs'], env=env).returncode, 0, 'status')
            same(set(os.listdir(d)), both - left, 'directories')
            alive.terminate()
            alive.wait()
            same(os.listdir(d), [], 'afterwards')
        finally:
            killed.kill()
            alive.kill()


@test
def the_log_is_written_where_asked():
    with tempfile.TemporaryDirectory() as d:
        r = run('true', options=['--log', f'{d}/log'])
        log = open(f'{d}/log', errors='replace').read()
    same((r.returncode, r.stdout, r.stderr), (0, b'', b''), 'result')
    assert len(log.splitlines()) > 3, log


@test
def cpus_and_memory_are_as_asked():
    r = sh('nproc; grep MemTotal /proc/meminfo', options=['--cpus', '3', '--memory', '300M'])
    cpus, total = r.stdout.decode().splitlines()
    same(cpus, '3', 'CPUs')
    assert 180 * 1024 < int(total.split()[1]) < 300 * 1024, total


@test
def the_other_machine_works_too():
    other = 'q35' if MACHINE == 'microvm' else 'microvm'
    r = run('echo', 'hello', options=['--machine', other])
    same((r.returncode, r.stdout, r.stderr), (0, b'hello\n', b''), 'result')


@test
def wrong_options_get_one_clear_line():
    for args, word in (
            (['--cpus', '0'], '--cpus 0'), (['--cpus', '65'], '--cpus 65'), (['--cpus', 'x'], '--cpus x'),
            (['--memory', '1'], '--memory 1'), (['--memory', '4T'], '--memory 4T'), (['--frobnicate'], '--frobnicate'),
            (['--memory'], '--memory'), (['--machine', 'pc'], '--machine pc'), (['--accel', 'xen'], '--accel xen'),
            (['--share', 'nfs'], '--share nfs'), (['--root', '/nonesuch'], '--root /nonesuch'),
            (['--root', '/etc/passwd'], 'not a directory'), (['--layer', '/nonesuch'], '--layer'),
            (['--rw', '/nonesuch'], '--rw'), (['--env', 'X'], '--env X'), (['--user', 'nosuchuser'], 'nosuchuser'),
            (['--timeout', '-1'], '--timeout -1'), (['--timeout', '1y'], '--timeout 1y'),
            (['--kernel', '/nonesuch'], '/nonesuch'), (['--kernel', '/etc/passwd'], '/etc/passwd'),
            (['--initrd', '/nonesuch'], '--initrd'), (['--initrd', '/etc/passwd', '--share', '9p'], '--initrd'),
            (['--initrd', '/etc/passwd'], 'cpio'), (['--share', 'none', '--rw', '/tmp'], '--rw'),
            (['--log', '/nonesuch/log'], '--log'), (['--verbose=1'], '--verbose'),
            (['-x'], 'option -x'), (['--cpus', '-1'], '--cpus -1'), (['--cpus', '2.5'], '--cpus 2.5'), (['--memory', '-5'], '--memory -5'),
            (['--memory', '99999999999999999999G'], '--memory 9'), (['--memory', '1024G'], 'guest memory'),
            (['--timeout', 'nan'], '--timeout nan'), (['--timeout', '1e300'], '--timeout 1e300'), (['--timeout', '9999999d'], '--timeout 9'),
            (['--timeout', '0'], '--timeout 0'), (['--user', '4294967295'], '--user 4294967295'), (['--user', '0:4294967296'], '--user 0:'),
            (['--user', '0:'], '--user 0:'), (['--user', ':0'], '--user :0'), (['--user', '1x'], '--user 1x'), (['--env', '=x'], '--env =x'),
            (['--cwd', '/nonesuch'], '/nonesuch'), (['--cwd', '/etc/passwd'], 'Not a directory'), (['--log', '/'], '--log /'),
            (['--kernel', '/'], 'kernel /'), (['--kernel', '/dev/null'], '/dev/null'), (['--initrd', '/'], '--initrd /'),
            (['--layer', '/'] * 17, '--layer'), (['--layer', '/'] * 9 + ['--rw', '/tmp'] * 9, 'directories'),
            (['--share', 'none', '--layer', '/'], '--layer'), (['--share', 'none', '--root', '/'], '--root'),
            *((['--' + name, ''], '--' + name) for name in (
                'cpus', 'memory', 'machine', 'accel', 'kernel', 'qemu-arg', 'root', 'layer', 'rw', 'share', 'initrd', 'env', 'cwd',
                'user', 'timeout', 'log')),
            (['--qemu-arg', '-daemonize'], '-daemonize'), (['--qemu-arg', '-nonsense'], 'nonsense')):
        r = launcher(*base()[1:], *args, '--', 'true')
        err = r.stderr.decode()
        assert r.returncode == 125 and word in err and err.startswith('perennial: '), (args, r)
        same(err.count('\n'), 1, f'lines for {args}')


@test
def no_command_is_an_error():
    for args in ([], ['run'], ['run', '--'], ['frobnicate'], ['unpack']):
        r = launcher(*args)
        assert r.returncode == 125 and r.stderr.count(b'\n') == 1, (args, r)


@test
def help_and_version_answer():
    r = launcher('--help')
    assert r.returncode == 0 and b'Usage: perennial run' in r.stdout, r
    assert launcher('run', '--help').stdout == r.stdout
    r = launcher('version')
    assert r.returncode == 0 and re.match(rb'perennial \d', r.stdout), r


@test
def installed_commands_work_in_the_guest():
    with tempfile.TemporaryDirectory(dir='/var/tmp') as prefix:
        subprocess.run([f'{TOP}/packaging/install.sh', f'{TOP}/build', prefix], check=True)
        reserve = f'{prefix}/bin/reserve'
        r = subprocess.run([reserve, '--help'], capture_output=True)
        assert r.returncode == 0 and r.stdout.startswith(b'usage: reserve ') and not r.stderr, r
        for page in ('perennial', 'reserve'):
            assert os.path.exists(f'{prefix}/share/man/man1/{page}.1'), page
        r = run(reserve, '1M', '--', 'grep', 'VmReserved', '/proc/self/status')
        if KERNEL == 'ours':
            same(r.stdout.split(), [b'VmReserved:', b'1024', b'kB'], 'what is reserved')
        else:
            assert r.returncode == 125 and b"not Perennial's kernel" in r.stderr, r
        same(run(reserve, '1M', '--', '/no/such/command').returncode, 127 if KERNEL == 'ours' else 125, 'status')


@test
def the_manual_names_every_option():
    options = set(re.findall(r'^  (--[a-z-]+)', launcher('--help').stdout.decode(), re.M))
    page = open(f'{TOP}/host/perennial.1').read().replace('\\-', '-')
    missing = [o for o in options if o not in page]
    same((missing, len(options) > 15), ([], True), 'options missing in the manual')


# ---- nothing outlives the command ----

def start(*command, options=(), **kw):
    """The command has said that it is ready; with the processes that were made for it."""
    p = subprocess.Popen([*base(), *options, '--', *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, **kw)
    same(p.stdout.readline(), b'ready\n', 'first line')
    return p, family(p.pid)


def family(pid):
    """Descriptors of all processes below @pid by name: QEMU and what serves the shares."""
    return {f'{open(f"/proc/{child}/comm").read().strip()} {child}': os.pidfd_open(child) for child in below(pid)}


def all_end(children, needed=('qemu',)):
    """Every one of them ends, without a time limit that a busy machine could reach."""
    for name in needed:
        assert any(name in child for child in children), (name, children)
    for name, fd in children.items():
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        assert poll.poll(LIMIT * 1000), f'{name} is still there'
        os.close(fd)


IGNORES = 'trap "" HUP INT TERM QUIT USR1; echo ready; while :; do :; done'


def a_killed_launcher(kind, needed):
    p, children = start('/bin/sh', '-c', IGNORES, options=['--share', kind])
    p.kill()
    all_end(children, needed)
    same(p.wait(LIMIT), -9, 'status')


@test
def a_killed_launcher_takes_the_machine_along():
    a_killed_launcher('9p', ['qemu'])


@test
def a_killed_launcher_takes_the_file_servers_along():
    if os.geteuid():
        raise Skip("QEMU's virtiofsd needs root")
    a_killed_launcher('virtiofs', ['qemu', 'virtiofsd'])


@test
def a_third_signal_ends_a_machine_whose_command_ignores_them():
    p, children = start('/bin/sh', '-c', IGNORES)
    for signo in (signal.SIGHUP, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        p.send_signal(signo)
    assert p.wait(LIMIT) in (130, 131, 143), p.returncode  # they arrive in any order
    all_end(children)


def stop_processors(path):
    """Guest processors that make no step, as after a loop with interrupts off: nothing inside can answer."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        f = s.makefile('rw')
        f.readline()
        for command in ('qmp_capabilities', 'stop'):
            f.write(f'{{"execute": "{command}"}}')
            f.flush()
            while '"return"' not in f.readline():
                pass


@test
def a_signal_ends_a_machine_whose_guest_is_dead():
    for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with tempfile.TemporaryDirectory() as d:
            p, children = start('/bin/sh', '-c', IGNORES, options=['--qemu-arg=-qmp', f'--qemu-arg=unix:{d}/qmp,server=on,wait=off'])
            stop_processors(f'{d}/qmp')
            p.send_signal(signo)
            same((p.wait(LIMIT), p.stderr.read()),
                 (128 + signo, b'perennial: the guest does not answer; the machine is ended\n'), 'result')
            all_end(children)


@test
def a_signal_ends_a_machine_that_has_not_started():
    p = subprocess.Popen([*base(), '--verbose', '--qemu-arg=-S', '--', 'true'], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while b'] qemu-system' not in p.stderr.readline():
        pass
    p.terminate()
    assert p.wait(LIMIT) in (143, -15), p.returncode


@test
def a_signal_ends_it_when_the_command_has_ended_and_nobody_reads():
    p, children = start('/bin/sh', '-c', 'trap "" HUP; echo ready; head -c 150000 /dev/zero; exit 3')
    while True:  # a hang-up that comes before the end is ignored, and not counted
        p.send_signal(signal.SIGHUP)
        try:
            p.wait(1)
            break
        except subprocess.TimeoutExpired:
            pass
    same(p.returncode, 129, 'status')
    all_end(children)


# ---- with a terminal ----

def terminal(command, args, **kw):
    try:
        import pexpect
    except ImportError:
        raise Skip('python3-pexpect is not installed')
    env = {**os.environ, 'PS1': '@@ ', 'TERM': 'xterm'}
    return pexpect.spawn(command, args, dimensions=(30, 101), timeout=LIMIT, encoding='utf-8', env=env, **kw)


def guest_shell():
    c = terminal(PERENNIAL, [*base()[1:], '--', 'bash', '--norc'])
    c.expect('@@ ')
    return c


def leave(c, status):
    import pexpect
    c.expect(pexpect.EOF)
    c.close()
    same((c.exitstatus, c.signalstatus), (status, None), 'status')


@test
def a_terminal_has_size_editing_and_interrupt():
    c = guest_shell()
    c.sendline('stty size')
    c.expect('\r30 101\r\n')
    c.expect('@@ ')
    c.setwinsize(40, 120)
    time.sleep(1)
    c.sendline('stty size')
    c.expect('\r40 120\r\n')
    c.expect('@@ ')
    c.send('echo abX\x7fc\n')
    c.expect('\rabc\r\n')
    c.expect('@@ ')
    c.sendline('sleep 1000')
    time.sleep(2)
    c.sendintr()
    c.expect('@@ ')
    c.sendline('echo status=$?')
    c.expect('\rstatus=130\r\n')
    c.expect('@@ ')
    c.sendline('exit 5')
    leave(c, 5)


@test
def a_shell_in_the_guest_has_job_control():
    c = guest_shell()
    c.sendline('cat')
    time.sleep(2)
    c.sendline('one')
    c.expect('one\r\n.*one\r\n')
    c.sendcontrol('z')
    c.expect('Stopped')
    c.expect('@@ ')
    c.sendline('fg')
    c.expect('cat\r\n')
    c.sendline('two')
    c.expect('two\r\n.*two\r\n')
    c.sendcontrol('d')
    c.expect('@@ ')
    c.sendline('exit')
    leave(c, 0)


@test
def the_callers_shell_can_stop_and_continue_it():
    c = terminal('bash', ['--norc'])
    c.expect('@@ ')
    c.sendline(' '.join(base()) + ' -- sh -c "echo rea""dy; cat; echo do""ne"')
    c.expect('\rready\r\n|\nready\r\n')
    c.sendcontrol('z')
    c.expect('Stopped')
    c.expect('@@ ')
    c.sendline('stty -a | grep -o " icanon"')
    c.expect(' icanon\r\n')
    c.expect('@@ ')
    c.sendline('fg')
    time.sleep(2)
    c.sendline('line')
    c.expect('line\r\n.*line\r\n')
    c.sendcontrol('d')
    c.expect('done\r\n')
    c.expect('@@ ')
    c.sendline('stty -a | grep -o " icanon"')
    c.expect(' icanon\r\n')
    c.expect('@@ ')
    c.sendline('exit')
    leave(c, 0)


def on_terminal(*args):
    """A command that leads the session of a new terminal. Returns the process and the terminal's other side."""
    ours, its = pty.openpty()
    p = subprocess.Popen([*base(), *args], stdin=its, stdout=its, stderr=its, close_fds=True, start_new_session=True,
                         preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    os.close(its)
    return p, ours


def read_until(fd, word):
    text = b''
    while word not in text:
        text += os.read(fd, 1000)
    return text


@test
def a_closed_terminal_ends_the_machine():
    for script, status in (('echo ready; exec sleep 1000', 129), (IGNORES, 129)):
        p, ours = on_terminal('--', '/bin/sh', '-c', script)
        read_until(ours, b'ready')
        children = family(p.pid)
        os.close(ours)
        same(p.wait(LIMIT), status, 'status')
        all_end(children)


@test
def a_closed_terminal_ends_a_machine_that_has_not_started():
    p, ours = on_terminal('--verbose', '--qemu-arg=-S', '--', 'true')
    read_until(ours, b'] qemu-system')
    os.close(ours)
    p.wait(LIMIT)


@test
def an_interrupt_key_ends_a_machine_that_has_not_started():
    p, ours = on_terminal('--verbose', '--qemu-arg=-S', '--', 'true')
    read_until(ours, b'] qemu-system')
    os.write(ours, b'\x03')
    assert p.wait(LIMIT) in (130, -2), p.returncode
    os.close(ours)


@test
def an_interrupt_key_ends_a_machine_whose_guest_is_dead():
    with tempfile.TemporaryDirectory() as d:
        p, ours = on_terminal('--qemu-arg=-qmp', f'--qemu-arg=unix:{d}/qmp,server=on,wait=off', '--', '/bin/sh', '-c', IGNORES)
        read_until(ours, b'ready')
        children = family(p.pid)
        stop_processors(f'{d}/qmp')
        os.write(ours, b'\x03')
        same(p.wait(LIMIT), 130, 'status')
        all_end(children)
        os.close(ours)


@test
def a_signal_ends_it_when_the_terminal_is_not_read():
    p, ours = on_terminal('--', '/bin/sh', '-c', 'echo ready; exec yes')
    read_until(ours, b'ready')
    children = family(p.pid)
    while struct.unpack('i', fcntl.ioctl(ours, termios.FIONREAD, bytes(4)))[0] < 4000:
        pass
    for signo in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        p.send_signal(signo)
    assert p.wait(LIMIT) in (143, 130, 131), p.returncode
    all_end(children)
    os.close(ours)


@test
def outputs_that_are_terminals_are_terminals_inside():
    c = terminal('bash', ['--norc'])
    c.expect('@@ ')
    c.sendline('echo in | ' + ' '.join(base()) +
               ' -- sh -c "cat; test -t 0 || echo no0; test -t 1 && echo yes1; test -t 2 && echo yes2"')
    c.expect('in\r\nno0\r\nyes1\r\nyes2\r\n')
    c.expect('@@ ')
    c.sendline('exit')
    leave(c, 0)


def main(names):
    # Who is started in the background ignores these, nohup's commands the last, and so would every command below.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, lambda *_: None)  # not for us, but a command starts with the default
    counts = {'passed': 0, 'failed': 0, 'skipped': 0}
    for function in TESTS:
        name = function.__name__
        if names and name not in names:
            continue
        start = time.monotonic()
        try:
            function()
            result, why = 'passed', ''
        except Skip as skip:
            result, why = 'skipped', f': {skip}'
        except Exception as error:  # a test that fails must not keep the others from running
            result, why = 'failed', f': {type(error).__name__}: {str(error)[:1500]}'
        counts[result] += 1
        print(f'{result:8}{name} ({time.monotonic() - start:.1f} s){why}', flush=True)
    print(f'{counts["passed"]} passed, {counts["failed"]} failed, {counts["skipped"]} skipped')
    return 1 if counts['failed'] else 0


sys.exit(main(sys.argv[1:]))
