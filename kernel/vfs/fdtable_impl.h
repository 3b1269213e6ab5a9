/* SPDX-License-Identifier: GPL-2.0-only */
/* fdtable_impl.h - the table of descriptors as fdtable.c, fdtable_copy.c and fdtable_calls.c see it. */
#ifndef VFS_FDTABLE_IMPL_H
#define VFS_FDTABLE_IMPL_H

#include <lib/string.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/vfs_limits.h>

/* An empty table for at least @nr + 1 descriptors, or NULL. */
struct fdtable *fdtable_create(unsigned int nr);
void fdtable_free(struct fdtable *fdt);
/* With the embedded table, whose maps are not set yet; NULL: no memory. */
struct files_struct *files_alloc(void);
/* Undoes it. */
void files_free(struct files_struct *files);

/* file_lock is held; dropped meanwhile. 0: @nr fits now and nothing was dropped; 1: look again; -errno. */
int fdtable_expand_locked(struct files_struct *files, unsigned int nr);
/* T1: @fd is in use from here on. */
void fdtable_mark_open(struct fdtable *fdt, unsigned int fd, bool cloexec);
/* Reserve the lowest free number in [@start, @end). -EMFILE, -ENOMEM. */
int alloc_fd(unsigned int start, unsigned int end, unsigned int flags);
/* Take the file out of the table: the table's reference is the caller's now. */
struct file *pick_file(struct files_struct *files, unsigned int fd);
struct file *pick_file_locked(struct files_struct *files, unsigned int fd);

static inline size_t fdtable_map_bytes(unsigned int nr)
{
	return BITS_TO_LONGS(nr) * sizeof(long);
}

static inline size_t fdtable_full_bytes(unsigned int nr)
{
	return fdtable_map_bytes(BITS_TO_LONGS(nr));
}

/* The numbers below @nr: which are open, and how. */
static inline void fdtable_copy_maps(struct fdtable *to, const struct fdtable *from, unsigned int nr)
{
	memcpy(to->open_fds, from->open_fds, fdtable_map_bytes(nr));
	memcpy(to->close_on_exec, from->close_on_exec, fdtable_map_bytes(nr));
	memcpy(to->full_fds_bits, from->full_fds_bits, fdtable_full_bytes(nr));
}

static inline struct file *fdtable_file_at(const struct fdtable *fdt, unsigned int fd)
{
	if (fd >= fdt->max_fds)
		return NULL;
	return rcu_dereference(fdt->fd[array_index_nospec(fd, fdt->max_fds)]);
}

#endif
