/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_port.h - what mm needs from above; each has exactly one definer, checked at link. */
#ifndef MM_MM_PORT_H
#define MM_MM_PORT_H

#include <lib/types.h>

struct address_space;
struct file;
struct mm;
struct oom_request;
struct oom_victim;
struct vma;
struct task;
struct user_namespace;

/* ---- defined by vfs ---- */

/* References of an opaque file. */
struct file *vfs_file_get(struct file *file);
void vfs_file_put(struct file *file);
/* The open file behind @fd with a reference, or NULL (-EBADF, also for O_PATH). */
struct file *vfs_file_from_fd(int fd);
/* The folios of @file, or NULL when it has no page cache. */
struct address_space *vfs_file_mapping(struct file *file);
/*
 * May @file be mapped so? 0 or -errno: -EACCES (not open for it, append-only), -EPERM (noexec, seals), -ENODEV (no mmap operation).
 * *@may gets the VM_MAY* bits that the open mode allows.
 */
int vfs_mmap_check(struct file *file, unsigned long prot, bool shared, unsigned long *may);
/* Call the file's mmap operation on a VMA that is filled in but not yet in the tree. 0 or -errno. */
int vfs_mmap_file(struct file *file, struct vma *vma);
/* Where the file wants to be mapped (devices), or 0: no wish. */
unsigned long vfs_file_unmapped_area(struct file *file, unsigned long addr, unsigned long len, unsigned long pgoff);
/* A page of @file was dirtied through a mapping: times, change counter. May sleep (before the folio lock). */
int vfs_file_mkwrite(struct file *file);
/* msync(MS_SYNC) of a byte range. */
int vfs_fsync_range(struct file *file, loff_t start, loff_t end);
/* madvise(MADV_REMOVE): punch a hole. -EOPNOTSUPP. */
int vfs_punch_hole(struct file *file, loff_t start, loff_t len);
/* May the caller see through mincore which pages of @file are cached? (owner or writable) */
bool vfs_may_mincore(struct file *file);
/* Write back some dirty inodes: about @nr_pages in all; called by the flusher and by reclaim. Returns pages started. */
unsigned long vfs_writeback_some(unsigned long nr_pages, u64 dirtied_before_ns);
/* An inode's mapping became dirty: put it on its super block's dirty list. Any context but interrupt. */
void vfs_mark_mapping_dirty(struct address_space *mapping);

/* ---- defined by process ---- */

/* Deliver a fault signal to the current task; it cannot be ignored or blocked. */
void signal_force_fault(int sig, int code, uaddr_t addr);
/* The same for an access that protection key @key refused: SIGSEGV with SEGV_PKUERR. */
void signal_force_pkey_fault(uaddr_t addr, u32 key);
/* Soft limit of the current process, RLIM_INFINITY-aware (asm/resource.h numbers). */
unsigned long process_rlimit(unsigned int which);
bool process_capable(int cap);
/* Random bits for address-space layout. */
u64 process_random_u64(void);
/* personality(2) bits of the current task. */
unsigned long process_personality(void);
/* Has the current task a fatal signal (it should give up quietly)? */
bool process_fatal_signal_pending(void);
/* The mm of process @pid for process_vm_readv and the like, after the access check: a users reference. ERR_PTR(-ESRCH, -EPERM). */
struct mm *process_get_mm(pid_t pid);
/* The same for migrate_pages and move_pages, which need no more than the right to look: 0 is the caller; -EINVAL: it has no memory. */
struct mm *process_get_mm_for_move(pid_t pid);
/* The mm named by a pidfd for process_madvise. The same. */
struct mm *process_get_mm_pidfd(int pidfd);
/*
 * Memory ran out: pick a process by oom_score (the asker, if vm.oom_kill_allocating_task says so), report, kill it and all who share
 * its memory. *@victim (zeroed) is filled, with a reference on its mm; mm stays NULL when it went by itself just now. False: nobody
 * is left to kill.
 */
bool process_oom_kill(const struct oom_request *request, struct oom_victim *victim);
/* The same with the current task's process as the only candidate, whatever it offers. False: it is init. */
bool process_oom_kill_asker(const struct oom_request *request, struct oom_victim *victim);
/* The current task's oom_score_adj, for the report. */
int process_oom_score_adj(void);
/* Drop mm->user_ns' reference; take one for a copy. */
void process_mm_user_ns_put(struct user_namespace *ns);
struct user_namespace *process_mm_user_ns_get(struct user_namespace *ns);

#endif
