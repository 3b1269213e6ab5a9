/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cred_calls.c - user and group ids: reading and changing one's own.
 *
 * WHAT        Each set* call makes a copy of the credentials, changes it by the rules of the manual page, and installs it. A user
 *             id that changes from root to another takes the capabilities along (capabilities(7), "Effect of user ID changes").
 * ERRORS      -EINVAL id without a mapping; -EPERM; -ENOMEM.
 * TESTS       tests/guest/process/cred_test.c
 */
#include "process_impl.h"
#include <asm/resource.h>
#include <linux/securebits.h>
#include <mm/mm.h>
#include <process/exec.h>
#include <process/process_calls.h>
#include <process/report.h>
#include "cred_impl.h"

long sys_getuid(void)
{
	return from_kuid_munged(current_user_ns(), current_uid());
}

long sys_geteuid(void)
{
	return from_kuid_munged(current_user_ns(), current_euid());
}

long sys_getgid(void)
{
	return from_kgid_munged(current_user_ns(), current_gid());
}

long sys_getegid(void)
{
	return from_kgid_munged(current_user_ns(), current_egid());
}

/* What follows from new ids for capabilities. */
static void fix_capabilities(struct cred *new, const struct cred *old)
{
	kuid_t root = make_kuid(old->user_ns, 0);
	bool was_root = uid_eq(old->uid, root) || uid_eq(old->euid, root) || uid_eq(old->suid, root);
	bool is_root = uid_eq(new->uid, root) || uid_eq(new->euid, root) || uid_eq(new->suid, root);

	if (new->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (was_root && !is_root) {
		if (!(old->securebits & SECBIT_KEEP_CAPS))
			new->cap_permitted = new->cap_effective = CAP_EMPTY_SET;
		new->cap_ambient = CAP_EMPTY_SET;
	}
	if (uid_eq(old->euid, root) && !uid_eq(new->euid, root))
		new->cap_effective = CAP_EMPTY_SET;
	if (!uid_eq(old->euid, root) && uid_eq(new->euid, root))
		new->cap_effective = new->cap_permitted;
}

/* The capabilities that file access needs follow the file-system id. */
static void fix_fs_capabilities(struct cred *new, const struct cred *old)
{
	const u64 fs_caps = BIT_ULL(CAP_CHOWN) | BIT_ULL(CAP_MKNOD) | BIT_ULL(CAP_DAC_OVERRIDE) |
			    BIT_ULL(CAP_DAC_READ_SEARCH) | BIT_ULL(CAP_FOWNER) | BIT_ULL(CAP_FSETID) |
			    BIT_ULL(CAP_LINUX_IMMUTABLE) | BIT_ULL(CAP_MAC_OVERRIDE);
	kuid_t root = make_kuid(old->user_ns, 0);

	if (new->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (uid_eq(old->fsuid, root) && !uid_eq(new->fsuid, root))
		new->cap_effective.val &= ~fs_caps;
	if (!uid_eq(old->fsuid, root) && uid_eq(new->fsuid, root))
		new->cap_effective.val |= new->cap_permitted.val & fs_caps;
}

/* A changed real id counts against another user's processes. */
static int change_user(struct cred *new)
{
	struct user_struct *user = alloc_uid(new->uid);

	if (!user)
		return -EAGAIN;
	put_uid(new->user);
	new->user = user;
	/* A limit that is passed here shows at the next execve: setuid itself must not fail for it. */
	if (atomic_long_read(&user->processes) >= (long)rlimit(RLIMIT_NPROC) && user != &root_user)
		current->flags |= PF_NPROC_EXCEEDED;
	else
		current->flags &= ~PF_NPROC_EXCEEDED;
	return 0;
}

void install_creds(struct cred *new, const struct cred *old)
{
	bool is_changed = !uid_eq(new->euid, old->euid) || !gid_eq(new->egid, old->egid) ||
			  !uid_eq(new->fsuid, old->fsuid) || !gid_eq(new->fsgid, old->fsgid) ||
			  (new->cap_permitted.val & ~old->cap_permitted.val);

	if (is_changed) {
		if (current->mm)
			current->mm->flags = (current->mm->flags & ~MMF_DUMPABLE_MASK) |
					     (unsigned long)READ_ONCE(process_settings.suid_dumpable);
		cur->pdeath_signal = 0;
	}
	commit_creds(new);
}

static long commit_uids(struct cred *new, const struct cred *old)
{
	int ret = uid_eq(new->uid, old->uid) ? 0 : change_user(new);

	if (ret) {
		abort_creds(new);
		return ret;
	}
	fix_capabilities(new, old);
	install_creds(new, old);
	return 0;
}

static long refuse(struct cred *new, int error)
{
	abort_creds(new);
	return error;
}

long sys_setuid(u32 uid)
{
	const struct cred *old = current_cred();
	kuid_t kuid = make_kuid(old->user_ns, uid);
	struct cred *new;

	if (!uid_valid(kuid))
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (ns_capable(old->user_ns, CAP_SETUID))
		new->suid = new->uid = kuid;
	else if (!uid_eq(kuid, old->uid) && !uid_eq(kuid, new->suid))
		return refuse(new, -EPERM);
	new->fsuid = new->euid = kuid;
	return commit_uids(new, old);
}

long sys_setreuid(u32 ruid, u32 euid)
{
	const struct cred *old = current_cred();
	kuid_t kruid = make_kuid(old->user_ns, ruid), keuid = make_kuid(old->user_ns, euid);
	bool has_ruid = ruid != (u32)-1, has_euid = euid != (u32)-1, is_privileged;
	struct cred *new;

	if ((has_ruid && !uid_valid(kruid)) || (has_euid && !uid_valid(keuid)))
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	is_privileged = ns_capable(old->user_ns, CAP_SETUID);
	if (has_ruid) {
		if (!uid_eq(old->uid, kruid) && !uid_eq(old->euid, kruid) && !is_privileged)
			return refuse(new, -EPERM);
		new->uid = kruid;
	}
	if (has_euid) {
		if (!uid_eq(old->uid, keuid) && !uid_eq(old->euid, keuid) && !uid_eq(old->suid, keuid) &&
		    !is_privileged)
			return refuse(new, -EPERM);
		new->euid = keuid;
	}
	if (has_ruid || (has_euid && !uid_eq(keuid, old->uid)))
		new->suid = new->euid;
	new->fsuid = new->euid;
	return commit_uids(new, old);
}

static bool is_one_of_uids(const struct cred *cred, kuid_t uid)
{
	return uid_eq(uid, cred->uid) || uid_eq(uid, cred->euid) || uid_eq(uid, cred->suid);
}

static bool is_one_of_gids(const struct cred *cred, kgid_t gid)
{
	return gid_eq(gid, cred->gid) || gid_eq(gid, cred->egid) || gid_eq(gid, cred->sgid);
}

long sys_setresuid(u32 ruid, u32 euid, u32 suid)
{
	const struct cred *old = current_cred();
	u32 wanted[3] = { ruid, euid, suid };
	bool is_privileged = ns_capable(old->user_ns, CAP_SETUID);
	struct cred *new;
	kuid_t kuid[3];

	for (int i = 0; i < 3; i++) {
		kuid[i] = make_kuid(old->user_ns, wanted[i]);
		if (wanted[i] == (u32)-1)
			continue;
		if (!uid_valid(kuid[i]))
			return -EINVAL;
		if (!is_privileged && !is_one_of_uids(old, kuid[i]))
			return -EPERM;
	}
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (ruid != (u32)-1)
		new->uid = kuid[0];
	if (euid != (u32)-1)
		new->euid = kuid[1];
	if (suid != (u32)-1)
		new->suid = kuid[2];
	new->fsuid = new->euid;
	return commit_uids(new, old);
}

long sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *cred = current_cred();

	if (put_user_u32(from_kuid_munged(cred->user_ns, cred->uid), ruid) ||
	    put_user_u32(from_kuid_munged(cred->user_ns, cred->euid), euid) ||
	    put_user_u32(from_kuid_munged(cred->user_ns, cred->suid), suid))
		return -EFAULT;
	return 0;
}

static long commit_gids(struct cred *new, const struct cred *old)
{
	install_creds(new, old);
	return 0;
}

long sys_setgid(u32 gid)
{
	const struct cred *old = current_cred();
	kgid_t kgid = make_kgid(old->user_ns, gid);
	struct cred *new;

	if (!gid_valid(kgid))
		return -EINVAL;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (ns_capable(old->user_ns, CAP_SETGID))
		new->gid = new->egid = new->sgid = new->fsgid = kgid;
	else if (gid_eq(kgid, old->gid) || gid_eq(kgid, old->sgid))
		new->egid = new->fsgid = kgid;
	else
		return refuse(new, -EPERM);
	return commit_gids(new, old);
}

long sys_setregid(u32 rgid, u32 egid)
{
	const struct cred *old = current_cred();
	kgid_t krgid = make_kgid(old->user_ns, rgid), kegid = make_kgid(old->user_ns, egid);
	bool has_rgid = rgid != (u32)-1, has_egid = egid != (u32)-1;
	bool is_privileged = ns_capable(old->user_ns, CAP_SETGID);
	struct cred *new;

	if ((has_rgid && !gid_valid(krgid)) || (has_egid && !gid_valid(kegid)))
		return -EINVAL;
	if (has_rgid && !is_privileged && !gid_eq(old->gid, krgid) && !gid_eq(old->egid, krgid))
		return -EPERM;
	if (has_egid && !is_privileged && !is_one_of_gids(old, kegid))
		return -EPERM;
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (has_rgid)
		new->gid = krgid;
	if (has_egid)
		new->egid = kegid;
	if (has_rgid || (has_egid && !gid_eq(kegid, old->gid)))
		new->sgid = new->egid;
	new->fsgid = new->egid;
	return commit_gids(new, old);
}

long sys_setresgid(u32 rgid, u32 egid, u32 sgid)
{
	const struct cred *old = current_cred();
	u32 wanted[3] = { rgid, egid, sgid };
	bool is_privileged = ns_capable(old->user_ns, CAP_SETGID);
	struct cred *new;
	kgid_t kgid[3];

	for (int i = 0; i < 3; i++) {
		kgid[i] = make_kgid(old->user_ns, wanted[i]);
		if (wanted[i] == (u32)-1)
			continue;
		if (!gid_valid(kgid[i]))
			return -EINVAL;
		if (!is_privileged && !is_one_of_gids(old, kgid[i]))
			return -EPERM;
	}
	new = prepare_creds();
	if (!new)
		return -ENOMEM;
	if (rgid != (u32)-1)
		new->gid = kgid[0];
	if (egid != (u32)-1)
		new->egid = kgid[1];
	if (sgid != (u32)-1)
		new->sgid = kgid[2];
	new->fsgid = new->egid;
	return commit_gids(new, old);
}

long sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *cred = current_cred();

	if (put_user_u32(from_kgid_munged(cred->user_ns, cred->gid), rgid) ||
	    put_user_u32(from_kgid_munged(cred->user_ns, cred->egid), egid) ||
	    put_user_u32(from_kgid_munged(cred->user_ns, cred->sgid), sgid))
		return -EFAULT;
	return 0;
}

/* These two cannot fail: they answer what was. */
long sys_setfsuid(u32 uid)
{
	const struct cred *old = current_cred();
	u32 was = from_kuid_munged(old->user_ns, old->fsuid);
	kuid_t kuid = make_kuid(old->user_ns, uid);
	struct cred *new;

	if (!uid_valid(kuid) || uid_eq(kuid, old->fsuid))
		return was;
	if (!is_one_of_uids(old, kuid) && !ns_capable(old->user_ns, CAP_SETUID))
		return was;
	new = prepare_creds();
	if (!new)
		return was;
	new->fsuid = kuid;
	fix_fs_capabilities(new, old);
	install_creds(new, old);
	return was;
}

long sys_setfsgid(u32 gid)
{
	const struct cred *old = current_cred();
	u32 was = from_kgid_munged(old->user_ns, old->fsgid);
	kgid_t kgid = make_kgid(old->user_ns, gid);
	struct cred *new;

	if (!gid_valid(kgid) || gid_eq(kgid, old->fsgid))
		return was;
	if (!is_one_of_gids(old, kgid) && !ns_capable(old->user_ns, CAP_SETGID))
		return was;
	new = prepare_creds();
	if (!new)
		return was;
	new->fsgid = kgid;
	install_creds(new, old);
	return was;
}
