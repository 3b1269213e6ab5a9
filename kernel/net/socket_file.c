/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_file.c - a socket as a file: read, write, poll, ioctl, SIGIO, splice, close.
 *
 * WHAT        Each method finds the socket and asks its family. read and write are recvmsg and sendmsg without name and control.
 * LOCKING     None of its own. splice_write is entered with the pipe's mutex held and drops it while it waits for room.
 * ERRORS      As the calls'.
 */
#include <asm/siginfo.h>
#include <asm/sockios.h>
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/eventpoll.h>
#include <net/sock.h>
#include <net/socket.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/pipe.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>
#include <vfs/vfs_port.h>
#include <linux/fs.h>
#include <linux/sockios.h>

#define SPLICE_PIECES 16

struct socket *socket_of_file(const struct file *file)
{
	return file->f_op == &socket_file_ops ? file->private_data : NULL;
}

ssize_t socket_sendmsg(struct socket *sock, struct socket_msg *msg)
{
	return sock->ops->sendmsg(sock, msg);
}

ssize_t socket_recvmsg(struct socket *sock, struct socket_msg *msg, u32 flags)
{
	return sock->ops->recvmsg(sock, msg, flags);
}

static inline u32 file_msg_flags(const struct file *file, const struct iter *iter)
{
	return (file->f_flags & O_NONBLOCK) || (iter->rwf & RWF_NOWAIT) ? MSG_DONTWAIT : 0;
}

static ssize_t socket_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct socket *sock = file->private_data;
	struct socket_msg msg = { .iter = to };

	if (!iter_count(to)) /* as for every file: nothing asked, nothing done */
		return 0;
	return socket_recvmsg(sock, &msg, file_msg_flags(file, to));
}

static ssize_t socket_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct socket *sock = file->private_data;
	struct socket_msg msg = { .iter = from, .flags = file_msg_flags(file, from) };

	if (sock->type == SOCK_SEQPACKET)
		msg.flags |= MSG_EOR;
	return socket_sendmsg(sock, &msg);
}

static u32 socket_poll(struct file *file, struct poll_table *pt)
{
	struct socket *sock = file->private_data;

	return sock->ops->poll(file, sock, pt);
}

/* A negative number is a process group. */
static int set_owner(struct file *file, int who)
{
	struct f_owner_ex owner = { .type = who < 0 ? F_OWNER_PGRP : F_OWNER_PID, .pid = who < 0 ? -who : who };

	return who == INT_MIN ? -EINVAL : vfs_set_owner(file, &owner);
}

static int get_owner(struct file *file)
{
	struct f_owner_ex owner;

	vfs_get_owner(file, &owner);
	return owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
}

static long socket_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct socket *sock = file->private_data;
	u32 who;

	switch (cmd) {
	case FIOSETOWN:
	case SIOCSPGRP:
		if (get_user_u32(uaddr(arg), &who))
			return -EFAULT;
		return set_owner(file, (int)who);
	case FIOGETOWN:
	case SIOCGPGRP:
		return put_user_u32(get_owner(file), uaddr(arg));
	default:
		return sock->ops->ioctl ? sock->ops->ioctl(sock, cmd, arg) : -ENOIOCTLCMD;
	}
}

static int socket_fasync(int fd, struct file *file, bool on)
{
	struct socket *sock = file->private_data;

	if (!sock->sk)
		return -EINVAL;
	return fasync_helper(fd, file, on, &sock->sk->fasync);
}

static void socket_file_release(struct inode *inode, struct file *file)
{
	struct socket *sock = file->private_data;

	if (sock->ops && sock->sk)
		sock->ops->release(sock);
	sock->ops = NULL;
}

/* Send the pipe's pieces that are there, at most @len bytes, without waiting. Mutex held. */
static ssize_t splice_pieces(struct pipe_inode_info *pipe, struct file *out, size_t len, u32 flags)
{
	struct page_seg segs[SPLICE_PIECES];
	struct socket_msg msg = { .flags = flags | MSG_DONTWAIT };
	struct iter from;
	size_t total = 0;
	u32 nr = 0;

	for (u32 i = pipe->tail; i != pipe->head && nr < SPLICE_PIECES && total < len; i++, nr++) {
		struct pipe_buffer *buf = pipe_slot(pipe, i);

		segs[nr] = (struct page_seg){ buf->page, buf->offset, min_t(size_t, buf->len, len - total) };
		total += segs[nr].len;
	}
	iter_init_pages(&from, ITER_SOURCE, segs, nr, total);
	msg.iter = &from;
	return socket_sendmsg(out->private_data, &msg);
}

/* Take @bytes off the pipe's tail. Mutex held. */
static void splice_consume(struct pipe_inode_info *pipe, size_t bytes)
{
	while (bytes) {
		struct pipe_buffer *buf = pipe_slot(pipe, pipe->tail);
		u32 n = min_t(size_t, buf->len, bytes);

		buf->offset += n;
		buf->len -= n;
		bytes -= n;
		if (buf->len)
			return;
		pipe_buffer_release(buf);
		WRITE_ONCE(pipe->tail, pipe->tail + 1);
	}
}

/* Room in the socket, with the pipe's mutex dropped meanwhile. */
static int splice_wait_room(struct pipe_inode_info *pipe, struct socket *sock)
{
	int ret;

	mutex_unlock(&pipe->mutex);
	ret = sock_wait_wmem(sock->sk, false);
	mutex_lock(&pipe->mutex);
	return ret;
}

static ssize_t socket_splice_write(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len,
				   unsigned int flags)
{
	struct socket *sock = out->private_data;
	ssize_t ret = 0;

	while (!pipe_is_empty(pipe)) {
		ret = splice_pieces(pipe, out, len, 0);
		if (ret > 0)
			splice_consume(pipe, ret);
		if (ret != -EAGAIN || (out->f_flags & O_NONBLOCK) || !sock->sk)
			break;
		ret = splice_wait_room(pipe, sock);
		if (ret)
			break;
	}
	return ret;
}

static void socket_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct socket *sock = file->private_data;

	if (sock->sk && sock->sk->family == AF_UNIX)
		seq_printf(m, "scm_fds: %u\n", READ_ONCE(sock->sk->scm_fds));
}

const struct file_operations socket_file_ops = {
	.llseek = no_llseek,
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.fasync = socket_fasync,
	.release = socket_file_release,
	.splice_write = socket_splice_write,
	.show_fdinfo = socket_show_fdinfo,
};
