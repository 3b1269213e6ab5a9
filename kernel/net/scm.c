/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scm.c - control data: descriptors and credentials, from the sender's buffer and into the receiver's.
 *
 * WHAT        scm_send() turns control messages into references; scm_receive() turns references into descriptors and text.
 * INVARIANTS  I1  A cookie owns what it names until it is handed over or destroyed.
 *             I2  A descriptor is installed only after its number was written to the receiver's memory.
 * ERRORS      see net/scm.h; on the receiving side there are none: what does not fit sets MSG_CTRUNC and is closed.
 * TESTS       tests/guest/net/scm_test.c
 */
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <net/scm.h>
#include <net/sock.h>
#include <net/socket.h>
#include <pages/slab.h>
#include <process/pid.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/file.h>

/* --- sets of files ----------------------------------------------------------------------------------------- */

static struct scm_rights *rights_alloc(u32 room)
{
	struct scm_rights *rights = kmalloc(sizeof(*rights), GFP_KERNEL_ACCOUNT);

	if (!rights)
		return NULL;
	*rights = (struct scm_rights){ .room = room };
	rights->files = kmalloc_array(room, sizeof(*rights->files), GFP_KERNEL_ACCOUNT);
	if (!rights->files) {
		kfree(rights);
		return NULL;
	}
	rights->user = get_uid(current_cred()->user);
	return rights;
}

void scm_rights_destroy(struct scm_rights *rights, bool deferred)
{
	if (!rights)
		return;
	for (u32 i = 0; i < rights->count; i++) {
		if (deferred)
			fput_deferred(rights->files[i]);
		else
			fput(rights->files[i]);
	}
	put_uid(rights->user);
	kfree(rights->files);
	kfree(rights);
}

struct scm_rights *scm_rights_dup(const struct scm_rights *rights)
{
	struct scm_rights *copy = rights_alloc(rights->count);

	if (!copy)
		return NULL;
	for (u32 i = 0; i < rights->count; i++)
		copy->files[i] = get_file(rights->files[i]);
	copy->count = rights->count;
	return copy;
}

/* Room for @nr more. */
static int rights_grow(struct scm_rights **rightsp, u32 nr)
{
	struct scm_rights *rights = *rightsp;
	struct file **files;

	if (!rights) {
		*rightsp = rights_alloc(nr);
		return *rightsp ? 0 : -ENOMEM;
	}
	files = krealloc(rights->files, (rights->count + nr) * sizeof(*files), GFP_KERNEL_ACCOUNT);
	if (!files)
		return -ENOMEM;
	rights->files = files;
	rights->room = rights->count + nr;
	return 0;
}

void scm_destroy(struct scm_cookie *scm)
{
	if (scm->pid)
		put_pid(scm->pid);
	scm->pid = NULL;
	if (unlikely(scm->rights))
		scm_rights_destroy(scm->rights, false);
	scm->rights = NULL;
}

/* --- sending ----------------------------------------------------------------------------------------------- */

static int send_rights(struct scm_cookie *scm, const u8 *data, size_t len)
{
	u32 nr = len / sizeof(int);
	int fd, ret;

	if (!nr)
		return 0;
	if (nr > SCM_MAX_FD || (scm->rights ? scm->rights->count : 0) + nr > SCM_MAX_FD)
		return -EINVAL;
	ret = rights_grow(&scm->rights, nr);
	for (u32 i = 0; !ret && i < nr; i++) {
		struct file *file;

		memcpy(&fd, data + i * sizeof(int), sizeof(fd));
		file = fd < 0 ? NULL : fget_raw(fd);
		if (!file)
			return -EBADF;
		scm->rights->files[scm->rights->count++] = file;
	}
	return ret;
}

/* May the current task claim to be this? Its own ids always; others with privilege. */
static bool may_claim(const struct ucred *ucred, kuid_t uid, kgid_t gid)
{
	const struct cred *cred = current_cred();
	struct pid_namespace *ns = task_active_pid_ns(current);

	if ((int)ucred->pid != task_tgid_vnr(current) && !ns_capable(ns->user_ns, CAP_SYS_ADMIN))
		return false;
	if (!uid_eq(uid, cred->uid) && !uid_eq(uid, cred->euid) && !uid_eq(uid, cred->suid) &&
	    !ns_capable(cred->user_ns, CAP_SETUID))
		return false;
	return gid_eq(gid, cred->gid) || gid_eq(gid, cred->egid) || gid_eq(gid, cred->sgid) ||
	       ns_capable(cred->user_ns, CAP_SETGID);
}

static int send_credentials(struct scm_cookie *scm, const u8 *data, size_t len)
{
	struct ucred ucred;
	struct pid *pid;
	kuid_t uid;
	kgid_t gid;

	if (len != sizeof(ucred))
		return -EINVAL;
	memcpy(&ucred, data, sizeof(ucred));
	uid = make_kuid(current_user_ns(), ucred.uid);
	gid = make_kgid(current_user_ns(), ucred.gid);
	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;
	if (!may_claim(&ucred, uid, gid))
		return -EPERM;
	pid = find_get_pid(ucred.pid);
	if (!pid)
		return -ESRCH;
	if (scm->pid)
		put_pid(scm->pid);
	scm->pid = pid;
	scm->uid = uid;
	scm->gid = gid;
	return 0;
}

static int send_one(struct socket *sock, struct scm_cookie *scm, const struct cmsghdr *head, const u8 *data)
{
	size_t len = head->cmsg_len - sizeof(*head);

	if (head->cmsg_level != SOL_SOCKET)
		return 0;
	switch (head->cmsg_type) {
	case SCM_RIGHTS:
		return sock->ops->family == AF_UNIX ? send_rights(scm, data, len) : -EINVAL;
	case SCM_CREDENTIALS:
		return send_credentials(scm, data, len);
	default:
		return -EINVAL;
	}
}

int scm_send(struct socket *sock, const struct socket_msg *msg, struct scm_cookie *scm)
{
	size_t at = 0;
	int ret = 0;

	while (!ret && msg->control_len - at >= sizeof(struct cmsghdr)) {
		struct cmsghdr head;

		memcpy(&head, msg->control + at, sizeof(head));
		if (head.cmsg_len < sizeof(head) || head.cmsg_len > msg->control_len - at)
			ret = -EINVAL;
		else
			ret = send_one(sock, scm, &head, msg->control + at + sizeof(head));
		if (CMSG_ALIGN(head.cmsg_len) > msg->control_len - at)
			break;
		at += CMSG_ALIGN(head.cmsg_len);
	}
	if (ret)
		scm_destroy(scm);
	return ret;
}

void scm_set_current(struct scm_cookie *scm)
{
	scm->pid = get_pid(task_tgid(current));
	scm->uid = current_uid();
	scm->gid = current_gid();
}

/* --- receiving --------------------------------------------------------------------------------------------- */

static void control_advance(struct socket_msg *msg, size_t space)
{
	space = min(space, msg->ucontrol_len);
	msg->ucontrol = uaddr_add(msg->ucontrol, space);
	msg->ucontrol_len -= space;
}

void put_cmsg(struct socket_msg *msg, int level, int type, size_t len, const void *data)
{
	struct cmsghdr head = { .cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type };

	if (!msg->has_control || msg->ucontrol_len < sizeof(head)) {
		msg->flags |= MSG_CTRUNC;
		return;
	}
	if (msg->ucontrol_len < head.cmsg_len) {
		msg->flags |= MSG_CTRUNC;
		head.cmsg_len = msg->ucontrol_len;
	}
	if (copy_to_user(msg->ucontrol, &head, sizeof(head)) ||
	    copy_to_user(uaddr_add(msg->ucontrol, sizeof(head)), data, head.cmsg_len - sizeof(head)))
		return;
	control_advance(msg, CMSG_SPACE(len));
}

/* A descriptor for @file, its number written to @slot first (I2). */
static int receive_one(struct file *file, uaddr_t slot, u32 o_flags)
{
	int fd = get_unused_fd_flags(o_flags);

	if (fd < 0)
		return fd;
	if (put_user_u32(fd, slot)) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, get_file(file));
	return 0;
}

static void receive_rights(struct socket_msg *msg, const struct scm_rights *rights, u32 flags)
{
	u32 o_flags = flags & MSG_CMSG_CLOEXEC ? O_CLOEXEC : 0, room = 0, nr = 0;
	struct cmsghdr head = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };

	if (msg->has_control && msg->ucontrol_len > sizeof(head))
		room = (msg->ucontrol_len - sizeof(head)) / sizeof(int);
	while (nr < rights->count && nr < room &&
	       !receive_one(rights->files[nr], uaddr_add(msg->ucontrol, sizeof(head) + nr * sizeof(int)), o_flags))
		nr++;
	if (nr < rights->count)
		msg->flags |= MSG_CTRUNC;
	if (!nr)
		return;
	head.cmsg_len = CMSG_LEN(nr * sizeof(int));
	if (!copy_to_user(msg->ucontrol, &head, sizeof(head)))
		control_advance(msg, CMSG_SPACE(nr * sizeof(int)));
}

void scm_receive(struct sock *sk, struct socket_msg *msg, struct scm_cookie *scm, u32 flags)
{
	if (sock_option(sk, SOCK_OPT_PASSCRED)) {
		struct user_namespace *ns = current_user_ns();
		struct ucred ucred = { .pid = pid_vnr(scm->pid), .uid = from_kuid_munged(ns, scm->uid),
				       .gid = from_kgid_munged(ns, scm->gid) };

		put_cmsg(msg, SOL_SOCKET, SCM_CREDENTIALS, sizeof(ucred), &ucred);
	}
	if (unlikely(scm->rights))
		receive_rights(msg, scm->rights, flags);
	scm_destroy(scm);
}
