/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy_test.c - proves memory policies: what the calls accept, tell and refuse, and that pages come from, and move to, the
 * nodes that were named. Where a case needs a second node and the machine has one, it proves the same calls with that one.
 */
#include "check.h"
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PG 4096UL
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define BITS 64

#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif
#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5
#endif

typedef unsigned long mask_t;

static int set_policy(int mode, mask_t nodes)
{
	return syscall(SYS_set_mempolicy, mode, &nodes, BITS + 1);
}

static int bind_to(void *p, size_t len, int mode, mask_t nodes, unsigned int flags)
{
	return syscall(SYS_mbind, p, len, mode, &nodes, BITS + 1, flags);
}

static int get_policy(int *mode, mask_t *nodes, void *addr, unsigned long flags)
{
	mask_t big[16] = { 0 };
	int ret = syscall(SYS_get_mempolicy, mode, big, 1024, addr, flags);

	if (nodes)
		*nodes = big[0];
	return ret;
}

static int home_node(void *p, size_t len, unsigned long node, unsigned long flags)
{
	return syscall(SYS_set_mempolicy_home_node, p, len, node, flags);
}

static long move_pages(pid_t pid, unsigned long n, void **pages, const int *nodes, int *status, int flags)
{
	return syscall(SYS_move_pages, pid, n, pages, nodes, status, flags);
}

static mask_t all_nodes(void)
{
	mask_t nodes;

	CHECK_EQ(get_policy(NULL, &nodes, NULL, MPOL_F_MEMS_ALLOWED), 0);
	CHECK(nodes);
	return nodes;
}

static int last_node(void)
{
	return 63 - __builtin_clzl(all_nodes());
}

static mask_t bit(int node)
{
	return 1UL << node;
}

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PG, RW, flags, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static int node_of(void *p)
{
	int node = -1;

	CHECK_EQ(get_policy(&node, NULL, p, MPOL_F_NODE | MPOL_F_ADDR), 0);
	return node;
}

static int status_of(void *p)
{
	int status = 99;

	CHECK_EQ(move_pages(0, 1, &p, NULL, &status, 0), 0);
	return status;
}

static int on_node(char *p, size_t pages, int node)
{
	for (size_t i = 0; i < pages; i++)
		if (status_of(p + i * PG) != node)
			return 0;
	return 1;
}

CASE(the_policy_that_was_set_is_told)
{
	mask_t all = all_nodes(), nodes;
	int last = last_node(), mode;

	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_DEFAULT);
	CHECK_EQ(nodes, 0);
	CHECK_EQ(set_policy(MPOL_BIND, bit(last)), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_BIND);
	CHECK_EQ(nodes, bit(last));
	CHECK_EQ(set_policy(MPOL_INTERLEAVE, all), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_INTERLEAVE);
	CHECK_EQ(nodes, all);
	CHECK_EQ(set_policy(MPOL_PREFERRED, all), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_PREFERRED);
	CHECK_EQ(nodes, all & -all);
	CHECK_EQ(set_policy(MPOL_PREFERRED_MANY, all), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_PREFERRED_MANY);
	CHECK_EQ(nodes, all);
	CHECK_EQ(set_policy(MPOL_PREFERRED, 0), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_LOCAL);
	CHECK_EQ(nodes, 0);
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_DEFAULT);
}

CASE(flags_remember_what_was_named)
{
	mask_t all = all_nodes(), nodes;
	int mode;

	CHECK_EQ(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES, all | bit(63)), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_BIND | MPOL_F_STATIC_NODES);
	CHECK_EQ(nodes & all, all);
	CHECK_EQ(set_policy(MPOL_INTERLEAVE | MPOL_F_RELATIVE_NODES, bit(7)), 0);
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_INTERLEAVE | MPOL_F_RELATIVE_NODES);
	CHECK_ERRNO(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES, bit(63)), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, all), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_PREFERRED | MPOL_F_STATIC_NODES, 0), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_INTERLEAVE | MPOL_F_NUMA_BALANCING, all), EINVAL);
	CHECK_EQ(set_policy(MPOL_BIND | MPOL_F_NUMA_BALANCING, all), 0);
}

CASE(relative_nodes_are_counted_around)
{
	mask_t all = all_nodes();
	int n = __builtin_popcountl(all), last = last_node();
	char *p = map(1, ANON);

	/* Number 2n - 1 among n nodes is the last one. */
	CHECK_EQ(bind_to(p, PG, MPOL_BIND | MPOL_F_RELATIVE_NODES, bit(2 * n - 1), 0), 0);
	*p = 1;
	CHECK_EQ(node_of(p), last);
}

CASE(set_mempolicy_refuses_what_makes_no_sense)
{
	mask_t all = all_nodes(), wide[20] = { 0 };

	CHECK_ERRNO(set_policy(MPOL_DEFAULT, all), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_LOCAL, all), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_BIND, 0), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_INTERLEAVE, 0), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_PREFERRED_MANY, 0), EINVAL);
	CHECK_ERRNO(set_policy(6, all), EINVAL);
	CHECK_ERRNO(set_policy(-1, all), EINVAL);
	CHECK_ERRNO(set_policy(MPOL_BIND, bit(40)), EINVAL);
	CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, (void *)8, 65), EFAULT);
	CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, &all, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, &all, 8 * PG + 2), EINVAL);
	/* One bit more than is asked for does not count. */
	CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, &(mask_t){ 1 }, 1), EINVAL);
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, &(mask_t){ 1 }, 2), 0);
	wide[0] = all;
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, wide, 20 * 64 + 1), 0);
	wide[17] = 1;
	CHECK_ERRNO(syscall(SYS_set_mempolicy, MPOL_BIND, wide, 20 * 64 + 1), EINVAL);
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, wide, 17 * 64 + 1), 0);
	wide[17] = 0;
	wide[15] = bit(63);
	CHECK_EQ(syscall(SYS_set_mempolicy, MPOL_BIND, wide, 20 * 64 + 1), 0);
}

CASE(get_mempolicy_refuses_what_makes_no_sense)
{
	mask_t nodes;
	int mode;

	CHECK_ERRNO(get_policy(&mode, &nodes, &mode, 0), EINVAL);
	CHECK_ERRNO(get_policy(&mode, &nodes, NULL, 8), EINVAL);
	CHECK_ERRNO(get_policy(&mode, &nodes, NULL, MPOL_F_NODE), EINVAL);
	CHECK_ERRNO(get_policy(&mode, &nodes, NULL, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE), EINVAL);
	CHECK_ERRNO(get_policy(&mode, &nodes, (void *)PG, MPOL_F_ADDR), EFAULT);
	CHECK_ERRNO(get_policy(&mode, &nodes, (void *)PG, MPOL_F_ADDR | MPOL_F_NODE), EFAULT);
	CHECK_ERRNO(syscall(SYS_get_mempolicy, &mode, &nodes, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_get_mempolicy, (void *)8, NULL, 0, NULL, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_get_mempolicy, NULL, (void *)8, 1024, NULL, 0), EFAULT);
	CHECK_EQ(syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0), 0);
}

CASE(mbind_refuses_what_makes_no_sense)
{
	mask_t all = all_nodes();
	char *p = map(4, ANON);

	CHECK_ERRNO(bind_to(p + 1, PG, MPOL_BIND, all, 0), EINVAL);
	CHECK_ERRNO(bind_to(p, PG, MPOL_BIND, all, 8), EINVAL);
	CHECK_ERRNO(bind_to(p, PG, MPOL_BIND, all, 16), EINVAL);
	CHECK_ERRNO(bind_to(p, PG, MPOL_BIND, 0, 0), EINVAL);
	CHECK_ERRNO(bind_to(p, PG, 6, all, 0), EINVAL);
	CHECK_ERRNO(bind_to(p, PG, MPOL_DEFAULT, all, 0), EINVAL);
	CHECK_ERRNO(bind_to(p, -PG, MPOL_BIND, all, 0), EINVAL);
	CHECK_EQ(bind_to(p, 0, MPOL_BIND, 0, 0), 0);
	CHECK_ERRNO(syscall(SYS_mbind, p, PG, MPOL_BIND, (void *)8, BITS, 0), EFAULT);
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_ERRNO(bind_to(p, 4 * PG, MPOL_BIND, all, 0), EFAULT);
	CHECK_ERRNO(bind_to(p + PG, PG, MPOL_BIND, all, 0), EFAULT);
	CHECK_ERRNO(bind_to(p + PG, PG, MPOL_DEFAULT, 0, 0), EFAULT);
	CHECK_EQ(bind_to(p, 4 * PG, MPOL_DEFAULT, 0, 0), 0);
	IN_CHILD(CHECK_EQ(setuid(1000), 0); CHECK_ERRNO(bind_to(p, PG, MPOL_BIND, all, MPOL_MF_MOVE_ALL), EPERM));
}

CASE(private_pages_come_from_the_bound_node)
{
	char *p = map(64, ANON), *q = map(8, ANON);
	int last = last_node();

	CHECK_EQ(bind_to(p, 64 * PG, MPOL_BIND, bit(last), 0), 0);
	CHECK_EQ(bind_to(q, 8 * PG, MPOL_BIND, bit(0), 0), 0);
	memset(p, 1, 64 * PG);
	memset(q, 1, 8 * PG);
	CHECK(on_node(p, 64, last));
	CHECK(on_node(q, 8, 0));
	CHECK_EQ(node_of(p), last);
}

CASE(the_task_s_policy_serves_ranges_without_one)
{
	char *p = map(16, ANON), *q = map(16, ANON);
	int last = last_node();

	CHECK_EQ(set_policy(MPOL_PREFERRED, bit(last)), 0);
	CHECK_EQ(bind_to(q, 16 * PG, MPOL_BIND, bit(0), 0), 0);
	memset(p, 1, 16 * PG);
	memset(q, 1, 16 * PG);
	CHECK(on_node(p, 16, last));
	CHECK(on_node(q, 16, 0));
}

CASE(interleaved_pages_take_turns)
{
	mask_t all = all_nodes();
	int n = __builtin_popcountl(all), first;
	char *p = map(32, ANON);

	CHECK_EQ(bind_to(p, 32 * PG, MPOL_INTERLEAVE, all, 0), 0);
	memset(p, 1, 32 * PG);
	first = status_of(p);
	for (int i = 0; i < 32; i++)
		CHECK_EQ(status_of(p + i * PG), (first + i) % n);
}

CASE(copies_on_write_follow_the_policy)
{
	char *p = map(4, ANON);
	int last = last_node();

	CHECK_EQ(bind_to(p, 4 * PG, MPOL_BIND, bit(0), 0), 0);
	memset(p, 1, 4 * PG);
	CHECK_EQ(bind_to(p, 4 * PG, MPOL_BIND, bit(last), 0), 0);
	CHECK(on_node(p, 4, 0));
	IN_CHILD(memset(p, 2, 4 * PG); CHECK(on_node(p, 4, last)));
}

CASE(a_child_inherits_and_exec_keeps_the_task_s_policy)
{
	mask_t nodes;
	int last = last_node(), mode;

	CHECK_EQ(set_policy(MPOL_BIND, bit(last)), 0);
	IN_CHILD(CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0); CHECK_EQ(mode, MPOL_BIND);
		 CHECK_EQ(nodes, bit(last)); CHECK_EQ(set_policy(MPOL_LOCAL, 0), 0));
	CHECK_EQ(get_policy(&mode, &nodes, NULL, 0), 0);
	CHECK_EQ(mode, MPOL_BIND);
	IN_CHILD(execl("/proc/self/exe", "policy", "--tell", NULL));
}

CASE(ranges_are_cut_joined_and_copied)
{
	char *p = map(9, ANON);
	mask_t nodes;
	int last = last_node(), mode;

	CHECK_EQ(bind_to(p + 3 * PG, 3 * PG, MPOL_BIND, bit(last), 0), 0);
	for (int i = 0; i < 9; i++) {
		CHECK_EQ(get_policy(&mode, &nodes, p + i * PG, MPOL_F_ADDR), 0);
		CHECK_EQ(mode, i / 3 == 1 ? MPOL_BIND : MPOL_DEFAULT);
	}
	IN_CHILD(CHECK_EQ(get_policy(&mode, &nodes, p + 4 * PG, MPOL_F_ADDR), 0); CHECK_EQ(mode, MPOL_BIND);
		 CHECK_EQ(nodes, bit(last)));
	CHECK_EQ(bind_to(p, 9 * PG, MPOL_DEFAULT, 0, 0), 0);
	CHECK_EQ(get_policy(&mode, &nodes, p + 4 * PG, MPOL_F_ADDR), 0);
	CHECK_EQ(mode, MPOL_DEFAULT);
}

CASE(mremap_takes_the_policy_along)
{
	char *p = map(2, ANON), *to = map(4, ANON), *q;
	int last = last_node(), mode;
	mask_t nodes;

	CHECK_EQ(bind_to(p, 2 * PG, MPOL_BIND, bit(last), 0), 0);
	q = mremap(p, 2 * PG, 4 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	CHECK(q == to);
	CHECK_EQ(get_policy(&mode, &nodes, q + 3 * PG, MPOL_F_ADDR), 0);
	CHECK_EQ(mode, MPOL_BIND);
	q[3 * PG] = 1;
	CHECK_EQ(node_of(q + 3 * PG), last);
}

static void shared_pages_follow(char *p, char *other)
{
	int last = last_node(), mode;
	mask_t nodes;

	CHECK_EQ(bind_to(p, 4 * PG, MPOL_BIND, bit(0), 0), 0);
	CHECK_EQ(bind_to(p + 4 * PG, 4 * PG, MPOL_BIND, bit(last), 0), 0);
	CHECK_EQ(get_policy(&mode, &nodes, other + 5 * PG, MPOL_F_ADDR), 0);
	CHECK_EQ(mode, MPOL_BIND);
	CHECK_EQ(nodes, bit(last));
	CHECK_EQ(get_policy(&mode, &nodes, other + 8 * PG, MPOL_F_ADDR), 0);
	CHECK_EQ(mode, MPOL_DEFAULT);
	memset(other, 1, 12 * PG);
	CHECK(on_node(other, 4, 0));
	CHECK(on_node(other + 4 * PG, 4, last));
}

CASE(a_memory_object_keeps_the_policy_of_its_pages)
{
	int fd = syscall(SYS_memfd_create, "policy", 0);
	char *p, *q;

	CHECK_EQ(ftruncate(fd, 12 * PG), 0);
	p = mmap(NULL, 12 * PG, RW, MAP_SHARED, fd, 0);
	q = mmap(NULL, 12 * PG, RW, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	shared_pages_follow(p, q);
}

CASE(shared_anonymous_memory_keeps_the_policy_of_its_pages)
{
	char *p = map(12, MAP_SHARED | MAP_ANONYMOUS);

	IN_CHILD(shared_pages_follow(p, p));
}

CASE(files_written_under_a_policy_lie_on_its_node)
{
	int fd = syscall(SYS_memfd_create, "written", 0), last = last_node();
	char block[4 * PG], *p;

	memset(block, 3, sizeof(block));
	CHECK_EQ(set_policy(MPOL_BIND, bit(last)), 0);
	CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	CHECK_EQ(set_policy(MPOL_DEFAULT, 0), 0);
	p = mmap(NULL, 4 * PG, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(p[0] + p[PG] + p[2 * PG] + p[3 * PG], 12);
	CHECK(on_node(p, 4, last));
}

CASE(mbind_moves_what_is_there)
{
	char *p = map(32, ANON);
	int last = last_node();

	CHECK_EQ(bind_to(p, 32 * PG, MPOL_BIND, bit(0), 0), 0);
	for (int i = 0; i < 32; i++)
		p[i * PG + i] = i + 1;
	CHECK(on_node(p, 32, 0));
	if (last)
		CHECK_ERRNO(bind_to(p, 32 * PG, MPOL_BIND, bit(last), MPOL_MF_STRICT), EIO);
	CHECK_EQ(bind_to(p, 32 * PG, MPOL_BIND, bit(last), MPOL_MF_MOVE | MPOL_MF_STRICT), 0);
	CHECK(on_node(p, 32, last));
	for (int i = 0; i < 32; i++)
		CHECK_EQ(p[i * PG + i], i + 1);
	CHECK_EQ(bind_to(p, 32 * PG, MPOL_BIND, bit(last), MPOL_MF_STRICT), 0);
}

CASE(move_pages_tells_and_moves)
{
	char *p = map(8, ANON);
	void *pages[8];
	int nodes[8], status[8], last = last_node();

	CHECK_EQ(bind_to(p, 8 * PG, MPOL_BIND, bit(0), 0), 0);
	for (int i = 0; i < 8; i++) {
		pages[i] = p + i * PG;
		nodes[i] = i % 2 ? last : 0;
		p[i * PG + 5] = i + 1;
	}
	CHECK_EQ(move_pages(0, 8, pages, nodes, status, MPOL_MF_MOVE), 0);
	for (int i = 0; i < 8; i++) {
		CHECK_EQ(status[i], nodes[i]);
		CHECK_EQ(status_of(pages[i]), nodes[i]);
		CHECK_EQ(p[i * PG + 5], i + 1);
	}
}

CASE(move_pages_says_why_not)
{
	char *p = map(4, ANON), *file;
	int fd = syscall(SYS_memfd_create, "hole", 0), status = 9, last = last_node();
	void *none = (void *)PG, *page = p;

	CHECK_EQ(status_of(none), -EFAULT);
	CHECK_EQ(status_of(p), -EFAULT); /* nothing there yet */
	CHECK_EQ(*(volatile char *)p, 0);
	CHECK_EQ(status_of(p), -EFAULT); /* the page of zeroes */
	CHECK_EQ(ftruncate(fd, PG), 0);
	file = mmap(NULL, PG, RW, MAP_SHARED, fd, 0);
	CHECK_EQ(status_of(file), -ENOENT);
	*p = 1;
	CHECK_ERRNO(move_pages(0, 1, &page, &(int){ 1000 }, &status, MPOL_MF_MOVE), ENODEV);
	CHECK_ERRNO(move_pages(0, 1, &page, &(int){ -1 }, &status, MPOL_MF_MOVE), ENODEV);
	CHECK_ERRNO(move_pages(0, 1, &page, &last, &status, 8), EINVAL);
	CHECK_ERRNO(move_pages(0, 1, &page, &last, &status, MPOL_MF_STRICT), EINVAL);
	CHECK_ERRNO(move_pages(99999, 1, &page, &last, &status, MPOL_MF_MOVE), ESRCH);
	CHECK_ERRNO(move_pages(0, 1, (void *)8, &last, &status, MPOL_MF_MOVE), EFAULT);
	CHECK_ERRNO(move_pages(0, 1, &page, (void *)8, &status, MPOL_MF_MOVE), EFAULT);
	CHECK_ERRNO(move_pages(0, 1, &page, NULL, (void *)8, 0), EFAULT);
	CHECK_EQ(move_pages(0, 0, NULL, NULL, NULL, 0), 0);
	IN_CHILD(CHECK_EQ(setuid(1000), 0);
		 CHECK_ERRNO(move_pages(0, 1, &page, &last, &status, MPOL_MF_MOVE_ALL), EPERM);
		 CHECK_ERRNO(move_pages(1, 1, &page, &last, &status, MPOL_MF_MOVE), EPERM));
}

CASE(shared_pages_move_when_all_may)
{
	int last = last_node(), status = 9, pipes[2];
	char *p = map(1, ANON), c;
	void *page = p;
	pid_t child;

	CHECK_EQ(bind_to(p, PG, MPOL_BIND, bit(0), 0), 0);
	*p = 7;
	CHECK_EQ(pipe(pipes), 0);
	child = fork();
	if (!child) {
		close(pipes[1]);
		(void)!read(pipes[0], &c, 1);
		_exit(*p);
	}
	CHECK_EQ(move_pages(0, 1, &page, &last, &status, MPOL_MF_MOVE), 0);
	CHECK_EQ(status, last ? -EACCES : 0);
	CHECK_EQ(move_pages(0, 1, &page, &last, &status, MPOL_MF_MOVE_ALL), 0);
	CHECK_EQ(status, last);
	CHECK_EQ(status_of(p), last);
	CHECK_EQ(*p, 7);
	close(pipes[0]);
	close(pipes[1]);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(WEXITSTATUS(status), 7);
}

CASE(pages_of_objects_move)
{
	int fd = syscall(SYS_memfd_create, "moves", 0), last = last_node(), status;
	char block[4 * PG], *p;
	void *page;

	memset(block, 3, sizeof(block));
	CHECK_EQ(set_policy(MPOL_BIND, bit(0)), 0);
	CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	CHECK_EQ(set_policy(MPOL_DEFAULT, 0), 0);
	p = mmap(NULL, 4 * PG, RW, MAP_SHARED, fd, 0);
	for (int i = 0; i < 4; i++)
		p[i * PG] = 4 + i;
	page = p + PG;
	CHECK_EQ(move_pages(0, 1, &page, &last, &status, MPOL_MF_MOVE), 0);
	CHECK_EQ(status, last);
	CHECK_EQ(p[PG], 5);
	CHECK_EQ(status_of(p + PG), last);
	CHECK_EQ(status_of(p), 0);
	CHECK_EQ(bind_to(p, 4 * PG, MPOL_BIND, bit(last), MPOL_MF_MOVE), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(p[i * PG], 4 + i);
	CHECK(on_node(p, 4, last));
	CHECK_EQ(pread(fd, block, PG, 2 * PG), PG);
	CHECK_EQ(block[0], 6);
	CHECK_EQ(block[1], 3);
}

CASE(migrate_pages_empties_a_node)
{
	mask_t from = bit(0), to = bit(last_node());
	char *p = map(16, ANON);

	CHECK_EQ(bind_to(p, 16 * PG, MPOL_BIND, bit(0), 0), 0);
	for (int i = 0; i < 16; i++)
		p[i * PG] = i + 1;
	CHECK(syscall(SYS_migrate_pages, 0, BITS, &from, &to) >= 0);
	CHECK(on_node(p, 16, last_node()));
	for (int i = 0; i < 16; i++)
		CHECK_EQ(p[i * PG], i + 1);
}

CASE(migrate_pages_refuses_what_makes_no_sense)
{
	mask_t from = 1, to = 1, none = 0, far = bit(40);

	CHECK_ERRNO(syscall(SYS_migrate_pages, 99999, BITS, &from, &to), ESRCH);
	CHECK_ERRNO(syscall(SYS_migrate_pages, 0, BITS, &from, &none), EINVAL);
	CHECK_ERRNO(syscall(SYS_migrate_pages, 0, BITS, &from, &far), EINVAL);
	CHECK_ERRNO(syscall(SYS_migrate_pages, 0, BITS, (void *)8, &to), EFAULT);
	CHECK_ERRNO(syscall(SYS_migrate_pages, 0, 8 * PG + 2, &from, &to), EINVAL);
	IN_CHILD(CHECK_EQ(setuid(1000), 0); CHECK_ERRNO(syscall(SYS_migrate_pages, 0, BITS, &from, &far), EPERM);
		 CHECK_ERRNO(syscall(SYS_migrate_pages, 1, BITS, &from, &to), EPERM));
}

CASE(a_home_is_for_ranges_that_name_several)
{
	mask_t all = all_nodes();
	int last = last_node();
	char *p = map(4, ANON);

	CHECK_ERRNO(home_node(p, PG, 0, 0), ENOENT);
	CHECK_EQ(bind_to(p, PG, MPOL_INTERLEAVE, all, 0), 0);
	CHECK_ERRNO(home_node(p, PG, 0, 0), EOPNOTSUPP);
	CHECK_EQ(bind_to(p, 4 * PG, MPOL_BIND, all, 0), 0);
	CHECK_ERRNO(home_node(p, PG, 0, 1), EINVAL);
	CHECK_ERRNO(home_node(p + 1, PG, 0, 0), EINVAL);
	CHECK_ERRNO(home_node(p, PG, 2000, 0), EINVAL);
	CHECK_ERRNO(home_node(p, -PG, 0, 0), EINVAL);
	CHECK_EQ(home_node(p, 0, 0, 0), 0);
	CHECK_EQ(home_node(p, 2 * PG, last, 0), 0);
	CHECK_EQ(home_node(p + 2 * PG, 2 * PG, 0, 0), 0);
	memset(p, 1, 4 * PG);
	CHECK(on_node(p, 2, last));
	CHECK(on_node(p + 2 * PG, 2, 0));
}

#define NR_MOVED  4
#define NR_ROUNDS 300

static int is_moving_over;

static void *allocate_all_the_time(void *arg)
{
	while (!__atomic_load_n(&is_moving_over, __ATOMIC_RELAXED)) {
		char *p = mmap(NULL, 64 * PG, RW, ANON | MAP_POPULATE, -1, 0);

		if (p == MAP_FAILED)
			return (void *)1;
		p[63 * PG] = 1;
		munmap(p, 64 * PG);
	}
	return NULL;
}

/* Threads are moved from processor to processor, and so from node to node, in the middle of taking and giving back frames. */
CASE(frames_stay_with_their_node_when_tasks_move)
{
	int nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[NR_MOVED];
	void *result;
	cpu_set_t set;

	for (int i = 0; i < NR_MOVED; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, allocate_all_the_time, NULL), 0);
	for (int round = 0; round < NR_ROUNDS; round++) {
		for (int i = 0; i < NR_MOVED; i++) {
			CPU_ZERO(&set);
			CPU_SET((round + i) % nr_cpus, &set);
			CHECK_EQ(pthread_setaffinity_np(thread[i], sizeof set, &set), 0);
		}
		sched_yield();
	}
	__atomic_store_n(&is_moving_over, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < NR_MOVED; i++) {
		CHECK_EQ(pthread_join(thread[i], &result), 0);
		CHECK(!result);
	}
}

int main(int argc, char **argv)
{
	mask_t nodes = 0;
	int mode = 0;

	if (argc < 2 || strcmp(argv[1], "--tell"))
		return test_main(argc, argv, CASE_SECONDS);
	if (get_policy(&mode, &nodes, NULL, 0) || mode != MPOL_BIND || !nodes)
		return 1;
	return 0;
}
