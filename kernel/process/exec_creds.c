/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_creds.c - who the new program is: set-id bits, capabilities, and when they don't count.
 *
 * WHAT        The rules of capabilities(7) and execve(2) without file capabilities: set-user-id and set-group-id bits, root's
 *             special rights (unless SECBIT_NOROOT), ambient capabilities.
 * INVARIANTS  X1  With no_new_privs, or when the program's memory or file system state is shared with one that is not replaced, nothing
 *                 is gained.
 *             X2  bprm->cred is private until begin_new_exec() commits it.
 * TESTS       tests/guest/process/exec_test.c
 */
#include "process_impl.h"
#include <linux/securebits.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <process/exec.h>
#include "exec_impl.h"

#define PER_CLEAR_ON_SETID (0x0400000 | 0x0040000 | 0x0200000 | 0x0100000) /* READ_IMPLIES_EXEC, ADDR_* */

static void apply_set_id_bits(struct linux_binprm *bprm)
{
	struct inode *inode = file_inode(bprm->file);
	struct cred *new = bprm->cred;
	umode_t mode = READ_ONCE(inode->i_mode);

	if (!mnt_may_suid(bprm->file->f_path.mnt) || cur->no_new_privs)
		return;
	if (!kuid_has_mapping(new->user_ns, inode->i_uid) || !kgid_has_mapping(new->user_ns, inode->i_gid))
		return;
	if (mode & 04000) {
		bprm->per_clear_set = true;
		new->euid = inode->i_uid;
	}
	if ((mode & 02010) == 02010) {
		bprm->per_clear_set = true;
		new->egid = inode->i_gid;
	}
}

/* Root gets everything the bounding set allows. True: it becomes effective at once. */
static bool root_rights(struct cred *new, const struct cred *old, kuid_t root)
{
	if (new->securebits & SECBIT_NOROOT)
		return false;
	if (!uid_eq(new->euid, root) && !uid_eq(new->uid, root))
		return false;
	new->cap_permitted.val = old->cap_bset.val | old->cap_inheritable.val;
	return uid_eq(new->euid, root);
}

static bool is_set_id(const struct cred *new, const struct cred *old)
{
	return !uid_eq(new->euid, old->uid) || !gid_eq(new->egid, old->gid);
}

/* Somebody who stays behind could steer the new program: give no more than there was. */
static void limit_if_shared(struct linux_binprm *bprm, const struct cred *old)
{
	struct cred *new = bprm->cred;
	bool gains = new->cap_permitted.val & ~old->cap_permitted.val;

	if (!bprm->is_shared || !(is_set_id(new, old) || gains))
		return;
	if (!ns_capable(new->user_ns, CAP_SETUID) || cur->no_new_privs) {
		new->euid = new->uid;
		new->egid = new->gid;
	}
	new->cap_permitted.val &= old->cap_permitted.val;
}

int bprm_creds_from_file(struct linux_binprm *bprm)
{
	struct cred *new = bprm->cred;
	const struct cred *old = current_cred();
	kuid_t root = make_kuid(new->user_ns, 0);
	bool is_effective, is_set;

	new->euid = old->euid;
	new->egid = old->egid;
	apply_set_id_bits(bprm);
	new->cap_permitted = CAP_EMPTY_SET;
	is_effective = root_rights(new, old, root);
	limit_if_shared(bprm, old);
	new->suid = new->fsuid = new->euid;
	new->sgid = new->fsgid = new->egid;
	is_set = is_set_id(new, old);
	/* Ambient capabilities are for programs without privileges of their own. */
	if (is_set || is_effective)
		new->cap_ambient = CAP_EMPTY_SET;
	new->cap_permitted.val |= new->cap_ambient.val;
	new->cap_effective = is_effective ? new->cap_permitted : new->cap_ambient;
	new->securebits &= ~SECBIT_KEEP_CAPS;
	bprm->is_secure = is_set || (!uid_eq(new->uid, root) && is_effective);
	return 0;
}
