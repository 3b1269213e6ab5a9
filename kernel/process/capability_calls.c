/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capability_calls.c - capget, capset, and the capability part of prctl.
 *
 * WHAT        Versions 1 to 3 of the header are taken; version 1 carries 32 bits of each set. capset makes new
 *             credentials, so a failure changes nothing.
 * ERRORS      -EINVAL version or set; -EPERM more than there is; -ESRCH; -EFAULT.
 * TESTS       tests/guest/process/cred_test.c
 */
#include "process_impl.h"
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <process/process_calls.h>
#include "cred_impl.h"

/* How many 32-bit words the caller's version has; writes back ours when it is unknown. */
static int read_header(uaddr_t header, struct __user_cap_header_struct *head, int *nr_words)
{
	if (get_user_obj(head, header))
		return -EFAULT;
	switch (head->version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*nr_words = 1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*nr_words = 2;
		return 0;
	}
	return put_user_u32(_LINUX_CAPABILITY_VERSION_3, header) ? -EFAULT : -EINVAL;
}

static int read_caps_of(pid_t pid, kernel_cap_t *e, kernel_cap_t *p, kernel_cap_t *i)
{
	const struct cred *cred;
	struct task *task;

	with_rcu();
	task = pid ? find_task_by_vpid(pid) : current;
	if (!task)
		return -ESRCH;
	cred = task_cred_rcu(task);
	*e = cred->cap_effective;
	*p = cred->cap_permitted;
	*i = cred->cap_inheritable;
	return 0;
}

long sys_capget(uaddr_t header, uaddr_t data)
{
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct words[2];
	kernel_cap_t e, p, i;
	int nr, ret = read_header(header, &head, &nr);

	/* Asking with a NULL data is how programs learn the version. */
	if (ret)
		return uaddr_is_null(data) && ret == -EINVAL ? 0 : ret;
	if (head.pid < 0)
		return -EINVAL;
	ret = read_caps_of(head.pid, &e, &p, &i);
	if (ret || uaddr_is_null(data))
		return ret;
	for (int w = 0; w < 2; w++)
		words[w] = (struct __user_cap_data_struct){ (u32)(e.val >> 32 * w), (u32)(p.val >> 32 * w),
							    (u32)(i.val >> 32 * w) };
	return copy_to_user(data, words, nr * sizeof(words[0])) ? -EFAULT : 0;
}

static bool is_subset(u64 a, u64 b)
{
	return !(a & ~b);
}

long sys_capset(uaddr_t header, uaddr_t data)
{
	struct __user_cap_data_struct words[2] = { 0 };
	const struct cred *old = current_cred();
	struct __user_cap_header_struct head;
	u64 e, p, i;
	struct cred *new;
	int nr, ret = read_header(header, &head, &nr);

	if (ret)
		return ret;
	if (head.pid && head.pid != task_pid_vnr(current))
		return -EPERM;
	if (copy_from_user(words, data, nr * sizeof(words[0])))
		return -EFAULT;
	e = (words[0].effective | (u64)words[1].effective << 32) & CAP_VALID_MASK;
	p = (words[0].permitted | (u64)words[1].permitted << 32) & CAP_VALID_MASK;
	i = (words[0].inheritable | (u64)words[1].inheritable << 32) & CAP_VALID_MASK;
	if (!is_subset(i, old->cap_inheritable.val | old->cap_permitted.val) &&
	    !ns_capable(old->user_ns, CAP_SETPCAP))
		return -EPERM;
	if (!is_subset(i, old->cap_inheritable.val | old->cap_bset.val) || !is_subset(p, old->cap_permitted.val) ||
	    !is_subset(e, p))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->cap_effective.val = e;
	new->cap_permitted.val = p;
	new->cap_inheritable.val = i;
	new->cap_ambient.val &= p & i;
	install_creds(new, old);
	return 0;
}

static long drop_from_bounding_set(unsigned long cap)
{
	struct cred *new;

	if (!ns_capable(current_user_ns(), CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST_CAP)
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	cap_lower(&new->cap_bset, (int)cap);
	commit_creds(new);
	return 0;
}

static long set_securebits(unsigned long bits)
{
	const struct cred *old = current_cred();
	u32 locks = old->securebits & SECURE_ALL_LOCKS, changed = old->securebits ^ (u32)bits;
	struct cred *new;

	/* A lock stays, and what it locks. */
	if ((locks >> 1 & changed) || (locks & ~bits) || (bits & ~(unsigned long)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)) ||
	    !ns_capable(old->user_ns, CAP_SETPCAP))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = (u32)bits;
	commit_creds(new);
	return 0;
}

static long set_keepcaps(unsigned long value)
{
	struct cred *new;

	if (value > 1)
		return -EINVAL;
	if (current_cred()->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	new->securebits = value ? new->securebits | SECBIT_KEEP_CAPS : new->securebits & ~SECBIT_KEEP_CAPS;
	commit_creds(new);
	return 0;
}

static long ambient(unsigned long what, unsigned long cap)
{
	const struct cred *old = current_cred();
	struct cred *new;

	if (what == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (cap)
			return -EINVAL;
	} else if (cap > CAP_LAST_CAP) {
		return -EINVAL;
	} else if (what == PR_CAP_AMBIENT_IS_SET) {
		return cap_raised(old->cap_ambient, (int)cap);
	} else if (what == PR_CAP_AMBIENT_RAISE) {
		if (!cap_raised(old->cap_permitted, (int)cap) || !cap_raised(old->cap_inheritable, (int)cap) ||
		    (old->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
	} else if (what != PR_CAP_AMBIENT_LOWER) {
		return -EINVAL;
	}
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (what == PR_CAP_AMBIENT_CLEAR_ALL)
		new->cap_ambient = CAP_EMPTY_SET;
	else if (what == PR_CAP_AMBIENT_RAISE)
		cap_raise(&new->cap_ambient, (int)cap);
	else
		cap_lower(&new->cap_ambient, (int)cap);
	commit_creds(new);
	return 0;
}

long prctl_capability(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	const struct cred *cred = current_cred();

	switch (option) {
	case PR_CAPBSET_READ:
		return arg2 > CAP_LAST_CAP ? -EINVAL : cap_raised(cred->cap_bset, (int)arg2);
	case PR_CAPBSET_DROP:
		return drop_from_bounding_set(arg2);
	case PR_SET_SECUREBITS:
		return set_securebits(arg2);
	case PR_GET_SECUREBITS:
		return cred->securebits;
	case PR_GET_KEEPCAPS:
		return !!(cred->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(arg2);
	case PR_CAP_AMBIENT:
		return arg4 || arg5 ? -EINVAL : ambient(arg2, arg3);
	default:
		return -ENOSYS;
	}
}
