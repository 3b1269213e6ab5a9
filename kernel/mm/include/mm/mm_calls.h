/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_calls.h - the system calls whose object is memory. Semantics: the Linux manual pages of the same names. */
#ifndef MM_MM_CALLS_H
#define MM_MM_CALLS_H

#include <lib/types.h>

long sys_mmap(unsigned long addr, size_t len, int prot, int flags, int fd, loff_t offset);
long sys_munmap(unsigned long addr, size_t len);
long sys_mprotect(unsigned long addr, size_t len, unsigned long prot);
long sys_pkey_mprotect(unsigned long addr, size_t len, unsigned long prot, int pkey);
long sys_pkey_alloc(unsigned long flags, unsigned long rights);
long sys_pkey_free(int pkey);
long sys_brk(unsigned long addr);
long sys_mremap(unsigned long old_addr, size_t old_len, size_t new_len, unsigned long flags, unsigned long new_addr);
long sys_msync(unsigned long addr, size_t len, int flags);
long sys_mincore(unsigned long addr, size_t len, uaddr_t vec);
long sys_madvise(unsigned long addr, size_t len, int advice);
long sys_process_madvise(int pidfd, uaddr_t vec, u32 vlen, int behavior, unsigned int flags);
long sys_modify_ldt(int func, uaddr_t buf, unsigned long len);
long sys_mlock(unsigned long addr, size_t len);
long sys_mlock2(unsigned long addr, size_t len, int flags);
long sys_munlock(unsigned long addr, size_t len);
long sys_mlockall(int flags);
long sys_munlockall(void);
long sys_remap_file_pages(unsigned long addr, size_t size, int prot, unsigned long pgoff, int flags);
long sys_process_vm_readv(pid_t pid, uaddr_t lvec, u32 liovcnt, uaddr_t rvec, unsigned long riovcnt,
			  unsigned long flags);
long sys_process_vm_writev(pid_t pid, uaddr_t lvec, u32 liovcnt, uaddr_t rvec, unsigned long riovcnt,
			   unsigned long flags);
long sys_mbind(unsigned long addr, unsigned long len, unsigned long mode, uaddr_t nodemask, unsigned long maxnode, u32 flags);
long sys_set_mempolicy(int mode, uaddr_t nodemask, unsigned long maxnode);
long sys_get_mempolicy(uaddr_t mode, uaddr_t nodemask, unsigned long maxnode, unsigned long addr, unsigned long flags);
long sys_set_mempolicy_home_node(unsigned long addr, unsigned long len, unsigned long home_node, unsigned long flags);
long sys_migrate_pages(pid_t pid, unsigned long maxnode, uaddr_t from, uaddr_t to);
long sys_move_pages(pid_t pid, unsigned long nr_pages, uaddr_t pages, uaddr_t nodes, uaddr_t status, int flags);

#endif
