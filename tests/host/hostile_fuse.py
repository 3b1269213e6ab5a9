#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A virtio-fs server that lies: hostile_fuse.py SOCKET SEED RATE

Speaks vhost-user (docs/interop/vhost-user.rst of QEMU) and FUSE 7.31 just well enough that a guest gets somewhere, and damages one answer in RATE:
bytes, lengths, numbers, errors, nodes, names, and what the ring says was written. RATE 0 never lies. Every request is answered.
Any name exists: the first letter says what it is (d directory, l symlink, else file), but those that begin with "no". Nothing is kept.
"""
import mmap
import os
import random
import select
import socket
import struct
import sys
import zlib

VERSION_1, PROTOCOL_FEATURES, INDIRECT = 1 << 32, 1 << 30, 1 << 28
(GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE, SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE,
 SET_VRING_KICK, SET_VRING_CALL, GET_PROTOCOL, GET_QUEUE_NUM) = 1, 2, 3, 5, 8, 9, 10, 11, 12, 13, 15, 17
NEXT, WRITE, IS_INDIRECT = 1, 2, 4
REG, DIR, LNK = 0o100644, 0o040755, 0o120777
ENOENT, ENOSYS = 2, 38


class Queue:
    def __init__(self):
        self.num = self.seen = 0
        self.desc = self.avail = self.used = 0
        self.kick = self.call = None


class Memory:
    """The guest's memory: by its own addresses, and by those that QEMU uses for the rings."""

    def __init__(self, payload, fds):
        self.regions = []
        nr, = struct.unpack_from('<I', payload)
        for i in range(nr):
            gpa, size, uva, offset = struct.unpack_from('<QQQQ', payload, 8 + 32 * i)
            self.regions.append((gpa, uva, size, offset, mmap.mmap(fds[i], size + offset)))
            os.close(fds[i])

    def find(self, address, length, which):
        for region in self.regions:
            start, size, offset, m = region[which], *region[2:]
            if start <= address and address + length <= start + size:
                return m, address - start + offset
        raise ValueError(f'{address:#x}+{length:#x} is not memory')

    def read(self, address, length, which=0):
        m, at = self.find(address, length, which)
        return m[at:at + length]

    def write(self, address, data, which=0):
        m, at = self.find(address, len(data), which)
        m[at:at + len(data)] = data


# --- an honest server ---

def attr(node, mode, size=100):
    return struct.pack('<QQQQQQIIIIIIIIII', node, size, 1, 10**9, 10**9, 10**9, 1, 2, 3, mode, 1, 0, 0, 0, 4096, 0)


def mode_of(name):
    return {b'd': DIR, b'l': LNK}.get(name[:1], REG)


def node_of(parent, name):
    return (zlib.crc32(b'%d/%s' % (parent, name)) & ~3 | {DIR: 1, LNK: 2, REG: 3}[mode_of(name)]) + 4


def mode_of_node(node):
    return DIR if node == 1 else {1: DIR, 2: LNK}.get(node & 3, REG)


def entry(parent, name, mode=None):
    node = node_of(parent, name)
    return struct.pack('<QQQQII', node, 1, 0, 0, 0, 0) + attr(node, mode or mode_of_node(node))


def names(node, offset, size, is_plus):
    out, all_names = b'', [b'.', b'..', b'file', b'dir', b'link', b'f' * 255] + [b'f%d' % i for i in range(40)]
    for i, name in enumerate(all_names[offset:], offset + 1):
        one = struct.pack('<QQII', 5, i, len(name), 8) + name + bytes(-len(name) % 8)
        if is_plus:
            one = (bytes(128) if name[:1] == b'.' else entry(node, name)) + one
        if len(out) + len(one) > size:
            break
        out += one
    return out


def serve(opcode, node, body):
    """The body of the answer, or an error."""
    if opcode == 26:  # INIT
        return struct.pack('<IIIIHHIIHHI28x', 7, 31, 131072, 1 << 13 | 1 << 14 | 1 << 22, 8, 8, 131072, 1, 32, 0, 0)
    if opcode == 1:  # LOOKUP
        name = body.rstrip(b'\0')
        return ENOENT if name.startswith(b'no') else entry(node, name)
    if opcode in (3, 4):  # GETATTR, SETATTR
        return struct.pack('<QII', 0, 0, 0) + attr(node, mode_of_node(node))
    if opcode == 5:  # READLINK
        return b'../file'
    if opcode in (6, 8, 9, 13):  # SYMLINK, MKNOD, MKDIR, LINK
        skip = {6: 0, 8: 16, 9: 8, 13: 8}[opcode]
        mode = {6: LNK, 8: REG, 9: DIR, 13: REG}[opcode]
        return entry(node, body[skip:].split(b'\0')[0], mode)
    if opcode == 35:  # CREATE
        return entry(node, body[16:].split(b'\0')[0], REG) + struct.pack('<QII', 7, 0, 0)
    if opcode in (14, 27):  # OPEN, OPENDIR
        return struct.pack('<QII', 7, 0, 0)
    if opcode == 15:  # READ
        _, offset, size = struct.unpack_from('<QQI', body)
        return (b'contents\n' * 12)[:100][offset:offset + size]
    if opcode == 16:  # WRITE
        return struct.pack('<II', struct.unpack_from('<QQI', body)[2], 0)
    if opcode in (28, 44):  # READDIR, READDIRPLUS
        _, offset, size = struct.unpack_from('<QQI', body)
        return names(node, offset, size, opcode == 44)
    if opcode == 17:  # STATFS
        return struct.pack('<QQQQQIIII24x', 100, 50, 50, 10, 5, 4096, 255, 4096, 0)
    if opcode in (22, 23):  # GETXATTR, LISTXATTR
        value = b'user.a\0user.b\0'
        return value if struct.unpack_from('<I', body)[0] else struct.pack('<II', len(value), 0)
    if opcode == 46:  # LSEEK
        return body[8:16]
    if opcode == 47:  # COPY_FILE_RANGE
        return struct.pack('<II', 10, 0)
    if opcode in (10, 11, 12, 45, 18, 20, 21, 24, 25, 29, 30, 38, 43):
        return b''
    return ENOSYS


# --- lies ---

INTERESTING = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 63, (1 << 64) - 1, 4096, 65536, 255, 256]


class Liar:
    def __init__(self, seed, rate):
        self.random = random.Random(seed)
        self.rate = rate
        self.told = 0

    def damage(self, reply, room):
        """@reply damaged, and what the ring is told of its length."""
        r, reply, said = self.random, bytearray(reply), None
        if not self.rate or r.randrange(self.rate):
            return reply, len(reply)
        self.told += 1
        for _ in range(r.randrange(1, 4)):
            kind = r.randrange(7)
            if kind == 0 and reply:
                reply[r.randrange(len(reply))] = r.randrange(256)
            elif kind == 1:
                del reply[r.randrange(len(reply) + 1):]
            elif kind == 2 and len(reply) >= 16:
                struct.pack_into('<I', reply, 0, r.choice(INTERESTING) & 0xffffffff)
            elif kind == 3 and len(reply) >= 16:
                struct.pack_into('<i', reply, 4, r.choice([-1, -2, -38, -116, -4095, 1, 5, -2**31, -512, -517]))
            elif kind == 4 and len(reply) > 24:
                at = r.randrange(16, len(reply) - 7) & ~7
                struct.pack_into('<Q', reply, at, r.choice(INTERESTING))
            elif kind == 5:
                reply += bytes(r.randrange(256) for _ in range(r.randrange(64)))
            else:
                said = r.choice([0, 1, 15, 16, 17, room, room + 1, 0xffffffff, len(reply) // 2])
        return reply[:room], len(reply[:room]) if said is None else said


# --- the device ---

class Device:
    def __init__(self, connection, liar):
        self.connection, self.liar = connection, liar
        self.queues = [Queue() for _ in range(8)]
        self.memory = None

    def message(self):
        head, fds, _, _ = socket.recv_fds(self.connection, 12, 16)
        if len(head) < 12:
            return False
        request, _, size = struct.unpack('<III', head)
        payload = self.connection.recv(size, socket.MSG_WAITALL) if size else b''
        self.handle(request, payload, fds)
        return True

    def reply(self, request, payload):
        self.connection.sendall(struct.pack('<III', request, 5, len(payload)) + payload)

    def handle(self, request, payload, fds):
        index = struct.unpack_from('<I', payload)[0] & 0xff if len(payload) >= 4 else 0
        queue = self.queues[index % 8]
        if request == GET_FEATURES:
            self.reply(request, struct.pack('<Q', VERSION_1 | PROTOCOL_FEATURES | INDIRECT))
        elif request == GET_PROTOCOL:
            self.reply(request, struct.pack('<Q', 1))
        elif request == GET_QUEUE_NUM:
            self.reply(request, struct.pack('<Q', 8))
        elif request == SET_MEM_TABLE:
            self.memory = Memory(payload, fds)
        elif request == SET_VRING_NUM:
            queue.num = struct.unpack('<II', payload)[1]
        elif request == SET_VRING_BASE:
            queue.seen = struct.unpack('<II', payload)[1]
        elif request == GET_VRING_BASE:
            self.reply(request, struct.pack('<II', index, queue.seen))
            queue.kick = None
        elif request == SET_VRING_ADDR:
            queue.desc, queue.used, queue.avail = struct.unpack_from('<QQQ', payload, 8)
        elif request == SET_VRING_KICK:
            queue.kick = fds[0] if fds else None
        elif request == SET_VRING_CALL:
            queue.call = fds[0] if fds else None

    def chain(self, queue, head):
        """Bytes to read and pieces to write of the chain at @head."""
        table, which, at, out, room = queue.desc, 1, head, b'', []
        while True:
            address, length, flags, following = struct.unpack('<QIHH', self.memory.read(table + 16 * at, 16, which))
            if flags & IS_INDIRECT:
                table, which, at = address, 0, 0
                continue
            if flags & WRITE:
                room.append((address, length))
            else:
                out += self.memory.read(address, length)
            if not flags & NEXT:
                return out, room
            at = following

    def answer(self, out, room):
        """Serve one request; returns how many bytes the ring is told of."""
        _, opcode, unique, node = struct.unpack_from('<IIQQ', out)
        space = sum(length for _, length in room)
        if not space:
            return 0
        body = serve(opcode, node, out[40:])
        error, body = (body, b'') if isinstance(body, int) else (0, body)
        honest = struct.pack('<IiQ', 16 + len(body), -error, unique) + body
        # INIT and DESTROY decide whether there is a mount at all
        reply, said = (honest, len(honest)) if opcode in (26, 38) else self.liar.damage(honest, space)
        for address, length in room:
            self.memory.write(address, bytes(reply[:length]))
            reply = reply[length:]
        return said

    def serve_queue(self, queue):
        os.read(queue.kick, 8)
        while queue.seen != struct.unpack('<H', self.memory.read(queue.avail + 2, 2, 1))[0]:
            head, = struct.unpack('<H', self.memory.read(queue.avail + 4 + 2 * (queue.seen % queue.num), 2, 1))
            said = self.answer(*self.chain(queue, head))
            index, = struct.unpack('<H', self.memory.read(queue.used + 2, 2, 1))
            self.memory.write(queue.used + 4 + 8 * (index % queue.num), struct.pack('<II', head, said), 1)
            self.memory.write(queue.used + 2, struct.pack('<H', index + 1 & 0xffff), 1)
            queue.seen = queue.seen + 1 & 0xffff
        if queue.call is not None:
            os.write(queue.call, struct.pack('<Q', 1))

    def run(self):
        while True:
            kicks = {q.kick: q for q in self.queues if q.kick is not None and q.num and self.memory}
            for fd in select.select([self.connection, *kicks], [], [])[0]:
                if fd is self.connection:
                    if not self.message():
                        return
                elif kicks[fd].kick == fd:
                    self.serve_queue(kicks[fd])


def main():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(1)
    print('listening', flush=True)
    connection, _ = listener.accept()
    liar = Liar(int(sys.argv[2]), int(sys.argv[3]))
    Device(connection, liar).run()
    print(f'told {liar.told} lies', flush=True)


main()
