/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io_ports.c - iopl(2) and ioperm(2): user code at the I/O ports.
 *
 * WHAT        A task has a bitmap of ports, or none. iopl 3 gives all ports by the same means: the processor's own privilege
 *             level stays 0, so a program cannot turn interrupts off; its CLI and STI do nothing.
 * INVARIANTS  I1  A bitmap with more than one owner is not changed: ioperm() makes a copy first. Fork shares it.
 *             I2  A bitmap that allows nothing is not kept.
 * LOCKING     A task's bitmap is its own business; refs is atomic.
 * LIFECYCLE   ioperm() allocates -> fork shares -> exit, or the last port forbidden, drops.
 * ERRORS      -EINVAL range or level; -EPERM without CAP_SYS_RAWIO; -ENOMEM.
 * TESTS       tests/guest/arch/ports_test.c
 */
#include "process_impl.h"
#include <arch/io_ports.h>
#include <pages/slab.h>
#include <process/process_calls.h>
#include <sync/refcount.h>
#include <linux/capability.h>
#include "io_ports_impl.h"

struct port_map {
	struct io_ports ports; /* first: what arch sees */
	refcount_t refs;
};

static struct port_map *port_map_of(struct task *task)
{
	return (struct port_map *)arch_io_ports(&task->thread);
}

static void port_map_put(struct port_map *map)
{
	if (map && refcount_dec_and_test(&map->refs))
		kvfree(map);
}

void io_ports_share(struct task *child)
{
	struct port_map *map = port_map_of(current);
	u32 iopl = arch_iopl(&current->thread);

	if (likely(!map && !iopl))
		return;
	if (map)
		refcount_inc(&map->refs);
	arch_io_ports_set(&child->thread, map ? &map->ports : NULL, iopl);
}

void io_ports_drop(struct task *task)
{
	struct port_map *map = port_map_of(task);

	if (likely(!map && !arch_iopl(&task->thread)))
		return;
	arch_io_ports_set(&task->thread, NULL, 0);
	port_map_put(map);
}

/* A map that only the caller has, like @old; NULL: all forbidden. */
static struct port_map *port_map_copy(const struct port_map *old)
{
	struct port_map *map = kvmalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);

	if (!map)
		return NULL;
	if (old)
		memcpy(map->ports.forbidden, old->ports.forbidden, sizeof(map->ports.forbidden));
	else
		memset(map->ports.forbidden, 0xff, sizeof(map->ports.forbidden));
	refcount_set(&map->refs, 1);
	return map;
}

static void mark_range(struct port_map *map, unsigned long from, unsigned long nr, bool is_allowed)
{
	for (unsigned long port = from; port < from + nr; port++) {
		u64 bit = 1ull << port % 64, *word = &map->ports.forbidden[port / 64];

		*word = is_allowed ? *word & ~bit : *word | bit;
	}
}

static bool allows_nothing(const struct port_map *map)
{
	for (size_t i = 0; i < ARRAY_SIZE(map->ports.forbidden); i++)
		if (~map->ports.forbidden[i])
			return false;
	return true;
}

long sys_ioperm(unsigned long from, unsigned long nr, int turn_on)
{
	struct port_map *old = port_map_of(current), *map;
	u32 iopl = arch_iopl(&current->thread);

	if (from + nr <= from || from + nr > IO_PORTS)
		return -EINVAL;
	if (turn_on && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	if (!old && !turn_on)
		return 0;
	map = port_map_copy(old);
	if (!map)
		return -ENOMEM;
	mark_range(map, from, nr, turn_on);
	map->ports.seq = arch_io_ports_new_seq();
	if (allows_nothing(map)) { /* I2 */
		port_map_put(map);
		map = NULL;
	}
	arch_io_ports_set(&current->thread, map ? &map->ports : NULL, iopl);
	port_map_put(old);
	return 0;
}

long sys_iopl(u32 level)
{
	struct port_map *map = port_map_of(current);

	if (level > 3)
		return -EINVAL;
	if (level > arch_iopl(&current->thread) && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	arch_io_ports_set(&current->thread, map ? &map->ports : NULL, level);
	return 0;
}
