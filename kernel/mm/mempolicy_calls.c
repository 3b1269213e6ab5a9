/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mempolicy_calls.c - set_mempolicy(2), get_mempolicy(2), mbind(2), set_mempolicy_home_node(2).
 *
 * WHAT        Decode sets of nodes and modes, put policies on tasks and ranges, and tell them.
 * LOCKING     mmap_lock for writing around the VMAs' policies; task_lock around the task's.
 * ERRORS      as Linux 6.1: see the pages of the same names; a hole in the range gives EFAULT unless the policy is the default.
 * TESTS       tests/guest/mm/policy_test.c; tests/guest/bad/sweep_test.c
 */
#include "mempolicy_impl.h"
#include "vma_impl.h"
#include "mm_impl.h"

#include <arch/uaccess.h>
#include <mm/mm_calls.h>
#include <pages/zone.h>
#include <lib/string.h>
#include <sched/cred.h>

/* The most bits a program may pass: those of one page. */
#define MASK_BITS_MAX (PAGE_SIZE * 8)

/* @bits bits of the word at @index of a program's set. */
static int get_word(u64 *word, uaddr_t mask, unsigned long index, unsigned long bits)
{
	if (get_user_obj(word, uaddr_add(mask, index * sizeof(u64))))
		return -EFAULT;
	if (bits < 64)
		*word &= (1ull << bits) - 1;
	return 0;
}

int get_user_nodes(struct user_nodes *nodes, uaddr_t mask, unsigned long maxnode)
{
	unsigned long bits = maxnode - 1; /* the interface counts one too many */
	u64 word;

	memset(nodes, 0, sizeof(*nodes));
	if (!bits || uaddr_is_null(mask))
		return 0;
	if (bits > MASK_BITS_MAX)
		return -EINVAL;
	/* What lies beyond the nodes that can be named must be empty; it is looked at from the end. */
	for (; bits > USER_NODES_MAX; bits = round_down(bits - 1, 64)) {
		if (get_word(&word, mask, (bits - 1) / 64, bits % 64 ? bits % 64 : 64))
			return -EFAULT;
		if (word)
			return -EINVAL;
	}
	for (unsigned long i = 0; i * 64 < bits; i++)
		if (get_word(&nodes->bits[i], mask, i, bits - i * 64))
			return -EFAULT;
	return 0;
}

bool user_nodes_beyond(const struct user_nodes *user, u64 nodes)
{
	if (user->bits[0] & ~nodes)
		return true;
	for (size_t i = 1; i < ARRAY_SIZE(user->bits); i++)
		if (user->bits[i])
			return true;
	return false;
}

static int put_user_nodes(u64 nodes, uaddr_t mask, unsigned long maxnode)
{
	unsigned long bytes = round_up(maxnode - 1, 64) / 8;

	if (bytes > sizeof(nodes)) {
		if (bytes > PAGE_SIZE)
			return -EINVAL;
		if (clear_user(uaddr_add(mask, sizeof(nodes)), bytes - sizeof(nodes)))
			return -EFAULT;
		bytes = sizeof(nodes);
	}
	return copy_to_user(mask, &nodes, bytes) ? -EFAULT : 0;
}

/* Take the flags out of a mode. */
static int split_mode(unsigned int *mode, unsigned int *flags)
{
	*flags = *mode & MPOL_MODE_FLAGS;
	*mode &= ~MPOL_MODE_FLAGS;
	if (*mode >= MPOL_MAX)
		return -EINVAL;
	if ((*flags & MPOL_F_STATIC_NODES) && (*flags & MPOL_F_RELATIVE_NODES))
		return -EINVAL;
	return (*flags & MPOL_F_NUMA_BALANCING) && *mode != MPOL_BIND ? -EINVAL : 0;
}

/* ---- the task's ---- */

long sys_set_mempolicy(int mode_and_flags, uaddr_t nodemask, unsigned long maxnode)
{
	unsigned int mode = mode_and_flags, flags;
	struct mempolicy *new, *old;
	struct user_nodes nodes;
	int err = split_mode(&mode, &flags);

	if (!err)
		err = get_user_nodes(&nodes, nodemask, maxnode);
	if (err)
		return err;
	new = mempolicy_create(mode, flags, &nodes);
	if (IS_ERR(new))
		return PTR_ERR(new);
	task_lock(current);
	old = current->mempolicy;
	current->mempolicy = new;
	current->interleave_next = 0;
	task_unlock(current);
	mempolicy_put(old);
	return 0;
}

/* ---- questions ---- */

struct policy_answer {
	int mode;
	u64 nodes;
};

static u64 policy_nodes(const struct mempolicy *policy)
{
	if (!policy)
		return 0;
	return policy->flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES) ? policy->user.bits[0] : policy->nodes;
}

/* The node of the page at @addr, which is made present. */
static int node_of_page(unsigned long addr)
{
	struct page *page = get_user_page(current_mm(), addr & PAGE_MASK, 0);
	int node;

	if (IS_ERR(page))
		return PTR_ERR(page);
	node = page_to_nid(page);
	put_page(page);
	return node;
}

/* The policy that counts at @addr. -EFAULT: nothing is mapped there. */
static int policy_at(unsigned long addr, struct mempolicy **out)
{
	struct mm *mm = current_mm();
	struct vma *vma;

	mmap_read_lock(mm);
	vma = vma_lookup(mm, addr);
	if (vma)
		*out = vma_policy_get(vma, addr);
	mmap_read_unlock(mm);
	return vma ? 0 : -EFAULT;
}

static int answer_node(const struct mempolicy *policy, unsigned long addr, unsigned long flags)
{
	if (flags & MPOL_F_ADDR)
		return node_of_page(addr);
	if (!policy || policy->mode != MPOL_INTERLEAVE)
		return -EINVAL;
	return mempolicy_place(policy, current->interleave_next).node;
}

static int ask(unsigned long addr, unsigned long flags, struct policy_answer *answer)
{
	struct mempolicy *policy = NULL;
	int ret = 0;

	if (flags & MPOL_F_ADDR)
		ret = policy_at(addr, &policy);
	else if (addr)
		ret = -EINVAL;
	else
		policy = mempolicy_get(current->mempolicy);
	if (ret)
		return ret;
	if (flags & MPOL_F_NODE)
		ret = answer_node(policy, addr, flags);
	else if (policy)
		ret = policy->mode | policy->flags;
	answer->mode = ret;
	answer->nodes = policy_nodes(policy);
	mempolicy_put(policy);
	return ret < 0 ? ret : 0;
}

long sys_get_mempolicy(uaddr_t mode, uaddr_t nodemask, unsigned long maxnode, unsigned long addr, unsigned long flags)
{
	struct policy_answer answer = { 0 };
	int err;

	if (!uaddr_is_null(nodemask) && maxnode < (unsigned long)numa.nr_nodes)
		return -EINVAL;
	if (flags & ~(unsigned long)(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (flags & MPOL_F_MEMS_ALLOWED) {
		if (flags & (MPOL_F_NODE | MPOL_F_ADDR))
			return -EINVAL;
		answer.nodes = nodes_with_memory();
	} else {
		err = ask(addr, flags, &answer);
		if (err)
			return err;
	}
	if (!uaddr_is_null(mode) && put_user_u32(answer.mode, mode))
		return -EFAULT;
	return uaddr_is_null(nodemask) ? 0 : put_user_nodes(answer.nodes, nodemask, maxnode);
}

/* ---- a range's ---- */

struct mempolicy *vma_policy_get(struct vma *vma, unsigned long addr)
{
	if (vma_policy_is_shared(vma))
		return shared_policy_get(vma->vm_mapping, vma_linear_index(vma, addr));
	return mempolicy_get(vma->vm_policy);
}

/* One VMA's part gets @policy. *@vmap: the VMA that covers it afterwards. */
static int bind_part(struct mm *mm, struct vma **vmap, unsigned long start, unsigned long end, struct mempolicy *policy)
{
	struct vma *vma = *vmap;
	struct mempolicy *old;
	int err;

	if (vma_policy_is_shared(vma)) {
		err = shared_policy_set(vma->vm_mapping, vma_linear_index(vma, start),
					vma_linear_index(vma, end - PAGE_SIZE), policy);
		if (err)
			return err;
	}
	if (mempolicy_equal(vma->vm_policy, policy))
		return 0;
	err = vma_isolate(mm, vma, start, end, &vma);
	if (err)
		return err;
	vma_start_write(vma);
	old = vma->vm_policy;
	WRITE_ONCE(vma->vm_policy, mempolicy_get(policy));
	mempolicy_put(old);
	*vmap = vma_merge_around(mm, vma);
	return 0;
}

int bind_range(struct mm *mm, unsigned long start, unsigned long end, struct mempolicy *policy)
{
	struct vma *vma = find_vma(mm, start);
	int err;

	for (; vma && vma->vm_start < end; vma = find_vma(mm, start)) {
		unsigned long to = min(end, vma->vm_end);

		err = bind_part(mm, &vma, max(start, vma->vm_start), to, policy);
		if (err)
			return err;
		start = to;
		if (start >= end)
			break;
	}
	return 0;
}

/* Is the range mapped without holes? With @holes_ok: is any of it? */
static bool range_is_mapped(struct mm *mm, unsigned long start, unsigned long end, bool holes_ok)
{
	struct vma *vma = find_vma_intersection(mm, start, end);

	if (!vma || holes_ok)
		return vma;
	for (; vma && vma->vm_start <= start; vma = vma->vm_next) {
		start = vma->vm_end;
		if (start >= end)
			return true;
	}
	return false;
}

/* mmap_lock held for writing. */
static int bind_locked(struct mm *mm, unsigned long start, unsigned long end, struct mempolicy *policy,
		       const struct user_nodes *nodes, u32 flags)
{
	struct misplaced misplaced = { .nodes = nodes->bits[0], .flags = flags };
	int err;

	if (!range_is_mapped(mm, start, end, !policy))
		return -EFAULT;
	/* Without leave to move them, pages in the wrong place are an error before anything is done. */
	if ((flags & MPOL_MF_STRICT) && !(flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) &&
	    range_has_misplaced(mm, start, end, &misplaced))
		return -EIO;
	err = bind_range(mm, start, end, policy);
	if (err || !(flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)))
		return err;
	range_move_misplaced(mm, start, end, policy, &misplaced);
	return (flags & MPOL_MF_STRICT) && misplaced.nr_failed ? -EIO : 0;
}

long sys_mbind(unsigned long start, unsigned long len, unsigned long mode_and_flags, uaddr_t nodemask,
	       unsigned long maxnode, u32 flags)
{
	unsigned int mode = mode_and_flags, mode_flags;
	struct mm *mm = current_mm();
	struct mempolicy *policy;
	struct user_nodes nodes;
	unsigned long end;
	int err = split_mode(&mode, &mode_flags);

	if (!err)
		err = get_user_nodes(&nodes, nodemask, maxnode);
	if (err)
		return err;
	if (flags & ~(u32)MPOL_MF_VALID)
		return -EINVAL;
	if ((flags & MPOL_MF_MOVE_ALL) && !capable(CAP_SYS_NICE))
		return -EPERM;
	if (offset_in_page(start))
		return -EINVAL;
	if (mode == MPOL_DEFAULT)
		flags &= ~MPOL_MF_STRICT;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	policy = mempolicy_create(mode, mode_flags, &nodes);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	mmap_write_lock(mm);
	err = bind_locked(mm, start, end, policy, &nodes, flags);
	mmap_write_unlock(mm);
	mempolicy_put(policy);
	return err;
}

/* The part of one VMA gets its policy with another home. 0, or -ENOENT where it has none of its own. */
static int home_part(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end, int home_node)
{
	struct mempolicy *old = vma->vm_policy, *new;
	int err;

	if (!old)
		return -ENOENT;
	if (old->mode != MPOL_BIND && old->mode != MPOL_PREFERRED_MANY)
		return -EOPNOTSUPP;
	new = mempolicy_dup_home(old, home_node);
	if (IS_ERR(new))
		return PTR_ERR(new);
	err = bind_range(mm, start, end, new);
	mempolicy_put(new);
	return err;
}

static int home_range(struct mm *mm, unsigned long start, unsigned long end, int home_node)
{
	struct vma *vma;
	int ret = -ENOENT;

	while (start < end && (vma = find_vma_intersection(mm, start, end))) {
		unsigned long to = min(end, vma->vm_end);
		int err = home_part(mm, vma, max(start, vma->vm_start), to, home_node);

		if (err && err != -ENOENT)
			return err;
		if (!err)
			ret = 0;
		start = to;
	}
	return ret;
}

long sys_set_mempolicy_home_node(unsigned long start, unsigned long len, unsigned long home_node, unsigned long flags)
{
	struct mm *mm = current_mm();
	unsigned long end;
	int err;

	if (offset_in_page(start) || flags)
		return -EINVAL;
	if (home_node >= (unsigned long)numa.nr_nodes || !numa.node[home_node].is_present)
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	mmap_write_lock(mm);
	err = home_range(mm, start, end, home_node);
	mmap_write_unlock(mm);
	return err;
}
