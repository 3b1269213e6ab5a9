/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * numa.h - which node a piece of memory belongs to, as the firmware (SRAT, SLIT) says. One node, 0,
 * when it says nothing. Nodes are numbered densely in the order of first mention.
 */
#ifndef ARCH_NUMA_H
#define ARCH_NUMA_H

#include <lib/types.h>

#define NUMA_MAX_NODES 16
#define NUMA_MAX_BLOCKS 64

/* At least 1. */
int numa_nr_nodes(void);
/* Node of a physical address; 0 for what no block covers. */
int numa_node_of_phys(phys_addr_t pa);
/* 10 is near; 20 when unknown. */
int numa_distance(int from, int to);

/* The firmware tables' reader: a domain number of the firmware becomes a node, -1 when there are too many. */
int numa_node_of_domain(u32 domain);
/* The firmware's number of a node. */
u32 numa_domain(int node);
void numa_add_block(phys_addr_t start, phys_addr_t end, int node);
void numa_set_distance(int from, int to, u8 distance);

#endif
