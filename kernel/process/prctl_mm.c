/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prctl_mm.c - prctl(PR_SET_MM): where /proc says that code, data, strings and the auxiliary vector of a process are.
 *
 * WHAT        setproctitle() and programs that bring processes back move these borders, one at a time or all at once. One at a time is
 *             all at once with one field changed, so the same rules hold.
 * INVARIANTS  M1  Every address lies between mmap_min_addr and the end of user space; a start is not above its end, and code is not empty.
 *             M2  What is refused has changed nothing.
 * LOCKING     mmap_lock for writing around the check that an address is mapped, and the change.
 * ERRORS      -EPERM without CAP_SYS_RESOURCE; -EINVAL M1, sizes, unknown fields; -EFAULT; -EBADF and -EACCES of the executable.
 * TESTS       tests/guest/bad/sweep_test.c, tests/guest/bad/found_test.c
 */
#include "process_impl.h"
#include "cred_impl.h"
#include <linux/auxvec.h>
#include <linux/prctl.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include <vfs/namei.h>

static int set_exe(struct mm *mm, unsigned long fd)
{
	struct fd f = fdget((unsigned int)fd);
	int ret;

	if (!f.file)
		return -EBADF;
	ret = file_deny_write(f.file);
	if (!ret)
		mm_set_exe_file(mm, f.file);
	fdput(f);
	return ret;
}

static void map_of(const struct mm *mm, struct prctl_mm_map *map)
{
	*map = (struct prctl_mm_map){
		.start_code = mm->start_code, .end_code = mm->end_code, .start_data = mm->start_data, .end_data = mm->end_data,
		.start_brk = mm->start_brk, .brk = mm->brk, .start_stack = mm->start_stack, .arg_start = mm->arg_start,
		.arg_end = mm->arg_end, .env_start = mm->env_start, .env_end = mm->env_end, .exe_fd = (u32)-1,
	};
}

static bool is_user(u64 addr)
{
	return addr >= mm_sysctl.mmap_min_addr && addr < USER_END;
}

/* M1 */
static int check_map(const struct prctl_mm_map *map)
{
	const u64 *addr = &map->start_code;
	unsigned long limit = rlimit(RLIMIT_DATA);

	for (size_t i = 0; i < offsetof(struct prctl_mm_map, auxv) / sizeof(u64); i++)
		if (!is_user(addr[i]))
			return -EINVAL;
	if (map->start_code >= map->end_code || map->start_data > map->end_data || map->start_brk > map->brk ||
	    map->arg_start > map->arg_end || map->env_start > map->env_end)
		return -EINVAL;
	if (limit < RLIM_INFINITY && map->brk - map->start_brk + (map->end_data - map->start_data) > limit)
		return -EINVAL;
	if (!map->auxv_size)
		return 0;
	if (!map->auxv || map->auxv_size > sizeof(((struct mm *)NULL)->saved_auxv))
		return -EINVAL;
	return 0;
}

static void put_map(struct mm *mm, const struct prctl_mm_map *map)
{
	mm->start_code = map->start_code;
	mm->end_code = map->end_code;
	mm->start_data = map->start_data;
	mm->end_data = map->end_data;
	mm->start_brk = map->start_brk;
	mm->brk = map->brk;
	mm->start_stack = map->start_stack;
	mm->arg_start = map->arg_start;
	mm->arg_end = map->arg_end;
	mm->env_start = map->env_start;
	mm->env_end = map->env_end;
}

/* A vector of the caller's becomes what /proc/PID/auxv shows; its end is marked whatever it says. */
static int set_auxv(struct mm *mm, uaddr_t from, unsigned long size)
{
	unsigned long auxv[ARRAY_SIZE(mm->saved_auxv)] = { 0 };

	if (size > sizeof(auxv))
		return -EINVAL;
	if (copy_from_user(auxv, from, size))
		return -EFAULT;
	auxv[ARRAY_SIZE(auxv) - 2] = AT_NULL;
	auxv[ARRAY_SIZE(auxv) - 1] = AT_NULL;
	mmap_write_lock(mm);
	memcpy(mm->saved_auxv, auxv, sizeof(auxv));
	mmap_write_unlock(mm);
	return 0;
}

static int set_all(struct mm *mm, uaddr_t umap, unsigned long size)
{
	struct prctl_mm_map map;
	int ret;

	if (size != sizeof(map))
		return -EINVAL;
	if (copy_from_user(&map, umap, sizeof(map)))
		return -EFAULT;
	ret = check_map(&map);
	if (!ret && map.exe_fd != (u32)-1)
		ret = capable(CAP_SYS_ADMIN) || capable(CAP_CHECKPOINT_RESTORE) ? set_exe(mm, map.exe_fd) : -EPERM;
	if (!ret && map.auxv_size)
		ret = set_auxv(mm, uaddr((unsigned long)map.auxv), map.auxv_size);
	if (ret)
		return ret;
	mmap_write_lock(mm);
	put_map(mm, &map);
	mmap_write_unlock(mm);
	return 0;
}

/* The field that @which names; NULL: none. */
static u64 *field_of(struct prctl_mm_map *map, unsigned long which)
{
	switch (which) {
	case PR_SET_MM_START_CODE:
		return &map->start_code;
	case PR_SET_MM_END_CODE:
		return &map->end_code;
	case PR_SET_MM_START_DATA:
		return &map->start_data;
	case PR_SET_MM_END_DATA:
		return &map->end_data;
	case PR_SET_MM_START_STACK:
		return &map->start_stack;
	case PR_SET_MM_START_BRK:
		return &map->start_brk;
	case PR_SET_MM_BRK:
		return &map->brk;
	case PR_SET_MM_ARG_START:
		return &map->arg_start;
	case PR_SET_MM_ARG_END:
		return &map->arg_end;
	case PR_SET_MM_ENV_START:
		return &map->env_start;
	case PR_SET_MM_ENV_END:
		return &map->env_end;
	default:
		return NULL;
	}
}

/* Strings and the stack must be somewhere; code, data and heap may be named before they are mapped. */
static bool must_be_mapped(unsigned long which)
{
	return which == PR_SET_MM_START_STACK || (which >= PR_SET_MM_ARG_START && which <= PR_SET_MM_ENV_END);
}

static int set_one_locked(struct mm *mm, unsigned long which, unsigned long value)
{
	struct prctl_mm_map map;
	u64 *field;
	int ret;

	map_of(mm, &map);
	field = field_of(&map, which);
	if (!field)
		return -EINVAL;
	*field = value;
	ret = check_map(&map);
	if (ret)
		return ret;
	if (must_be_mapped(which) && !find_vma(mm, value))
		return -EFAULT;
	put_map(mm, &map);
	return 0;
}

long prctl_set_mm(unsigned long which, unsigned long value, unsigned long arg4, unsigned long arg5)
{
	struct mm *mm = current->mm;
	long ret;

	if (arg5 || (arg4 && which != PR_SET_MM_AUXV && which != PR_SET_MM_MAP && which != PR_SET_MM_MAP_SIZE))
		return -EINVAL;
	if (which == PR_SET_MM_MAP_SIZE)
		return put_user_u32(sizeof(struct prctl_mm_map), uaddr(value));
	if (which == PR_SET_MM_MAP)
		return set_all(mm, uaddr(value), arg4);
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (which == PR_SET_MM_EXE_FILE)
		return set_exe(mm, value);
	if (which == PR_SET_MM_AUXV)
		return set_auxv(mm, uaddr(value), arg4);
	if (!is_user(value))
		return -EINVAL;
	mmap_write_lock(mm);
	ret = set_one_locked(mm, which, value);
	mmap_write_unlock(mm);
	return ret;
}
