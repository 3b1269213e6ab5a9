/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * numa.c - the nodes of the machine, as read from the firmware before there is any allocator.
 *
 * WHAT        A list of memory blocks with their node, and the distances. Asked once per block of descriptors by pages_init().
 * INVARIANTS  U1  domain[n] is the firmware's number of node n < nr; numbers differ.
 *             U2  Blocks beyond NUMA_MAX_BLOCKS are forgotten: their memory counts as node 0's.
 * LOCKING     Written by one CPU before pages_init(); read-only then.
 */
#include <arch/numa.h>

struct numa_block {
	phys_addr_t start, end;
	int node;
};

static struct {
	int nr;
	u32 domain[NUMA_MAX_NODES];
	u8 distance[NUMA_MAX_NODES][NUMA_MAX_NODES];
	struct numa_block block[NUMA_MAX_BLOCKS];
	int nr_blocks;
} nodes;

int numa_nr_nodes(void)
{
	return nodes.nr ? nodes.nr : 1;
}

int numa_node_of_domain(u32 domain)
{
	for (int n = 0; n < nodes.nr; n++)
		if (nodes.domain[n] == domain)
			return n;
	if (nodes.nr == NUMA_MAX_NODES)
		return -1;
	nodes.domain[nodes.nr] = domain;
	return nodes.nr++;
}

u32 numa_domain(int node)
{
	return node >= 0 && node < nodes.nr ? nodes.domain[node] : 0;
}

void numa_add_block(phys_addr_t start, phys_addr_t end, int node)
{
	if (start >= end || node < 0 || nodes.nr_blocks == NUMA_MAX_BLOCKS)
		return;
	nodes.block[nodes.nr_blocks++] = (struct numa_block){ start, end, node };
}

int numa_node_of_phys(phys_addr_t pa)
{
	for (int i = 0; i < nodes.nr_blocks; i++)
		if (pa >= nodes.block[i].start && pa < nodes.block[i].end)
			return nodes.block[i].node;
	return 0;
}

void numa_set_distance(int from, int to, u8 distance)
{
	if (from >= 0 && from < nodes.nr && to >= 0 && to < nodes.nr)
		nodes.distance[from][to] = distance;
}

int numa_distance(int from, int to)
{
	int d = from >= 0 && from < NUMA_MAX_NODES && to >= 0 && to < NUMA_MAX_NODES ?
			nodes.distance[from][to] : 0;

	return d ? d : (from == to ? 10 : 20);
}
