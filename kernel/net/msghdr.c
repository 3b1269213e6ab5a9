/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msghdr.c - struct msghdr and addresses between user memory and one message.
 *
 * WHAT        The header and its pieces are copied in once, checked, and made an iter; the address is copied in
 *             before the call and out after it. A call that parks reads them again.
 * ERRORS      -EFAULT, -EINVAL (negative lengths), -EMSGSIZE (too many pieces), -ENOBUFS (control data beyond optmem_max), -ENOMEM.
 * TESTS       tests/guest/net/scm_test.c, stream_test.c
 */
#include "msghdr.h"

#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <net/sock.h>
#include <pages/slab.h>

int address_from_user(uaddr_t uaddr_, int len, struct sockaddr_storage *addr)
{
	if (len < 0 || len > (int)sizeof(*addr))
		return -EINVAL;
	if (!len) {
		addr->ss_family = AF_UNSPEC;
		return 0;
	}
	return copy_from_user(addr, uaddr_, len) ? -EFAULT : 0;
}

int address_to_user(const struct sockaddr_storage *addr, int len, uaddr_t uaddr_, uaddr_t ulen)
{
	u32 room;

	if (get_user_u32(ulen, &room))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	room = min_t(u32, room, len);
	if (room && copy_to_user(uaddr_, addr, room))
		return -EFAULT;
	return put_user_u32(len, ulen);
}

/* The parts that both directions read. */
static int import_common(struct msg_import *im, uaddr_t umsg, enum iter_dir dir)
{
	ssize_t ret;

	im->slow = NULL;
	im->control = NULL;
	im->msg = (struct socket_msg){ .iter = &im->iter };
	if (get_user_obj(&im->user, umsg))
		return -EFAULT;
	if (!im->user.msg_name)
		im->user.msg_namelen = 0;
	if (im->user.msg_namelen < 0)
		return -EINVAL;
	im->user.msg_namelen = min_t(int, im->user.msg_namelen, sizeof(im->name));
	if (im->user.msg_iovlen > UIO_MAXIOV)
		return -EMSGSIZE;
	ret = import_iovec(dir, uaddr(im->user.msg_iov), im->user.msg_iovlen, im->fast, &im->slow, &im->iter);
	return ret < 0 ? ret : 0;
}

static int import_control(struct msg_import *im)
{
	size_t len = im->user.msg_controllen;

	if (len > (size_t)READ_ONCE(net_limits.optmem_max))
		return -ENOBUFS;
	if (!len)
		return 0;
	im->control = len > CONTROL_INLINE ? kmalloc(len, GFP_KERNEL) : im->control_fast;
	if (!im->control)
		return -ENOBUFS;
	if (copy_from_user(im->control, uaddr(im->user.msg_control), len))
		return -EFAULT;
	im->msg.control = im->control;
	im->msg.control_len = len;
	return 0;
}

int msg_import_send(struct msg_import *im, uaddr_t umsg)
{
	int ret = import_common(im, umsg, ITER_SOURCE);

	if (!ret && im->user.msg_namelen) {
		ret = address_from_user(uaddr(im->user.msg_name), im->user.msg_namelen, &im->name);
		im->msg.name = &im->name;
		im->msg.name_len = im->user.msg_namelen;
	}
	if (!ret)
		ret = import_control(im);
	if (ret)
		msg_import_end(im);
	return ret;
}

int msg_import_receive(struct msg_import *im, uaddr_t umsg)
{
	int ret = import_common(im, umsg, ITER_DEST);

	if (ret) {
		msg_import_end(im);
		return ret;
	}
	if (im->user.msg_name)
		im->msg.name = &im->name;
	im->msg.has_control = im->user.msg_control != 0;
	im->msg.ucontrol = uaddr(im->user.msg_control);
	im->msg.ucontrol_len = min_t(u64, im->user.msg_controllen, INT_MAX);
	return 0;
}

int msg_export(struct msg_import *im, uaddr_t umsg)
{
	u64 used = uaddr_raw(im->msg.ucontrol) - im->user.msg_control;
	int ret = 0;

	if (im->user.msg_name)
		ret = address_to_user(&im->name, im->msg.name_len, uaddr(im->user.msg_name),
				      uaddr_add(umsg, offsetof(struct user_msghdr, msg_namelen)));
	if (!ret)
		ret = put_user_u32(im->msg.flags, uaddr_add(umsg, offsetof(struct user_msghdr, msg_flags)));
	if (!ret)
		ret = put_user_u64(used, uaddr_add(umsg, offsetof(struct user_msghdr, msg_controllen)));
	return ret;
}

void msg_import_end(struct msg_import *im)
{
	if (im->control != im->control_fast)
		kfree(im->control);
	kfree(im->slow);
}
