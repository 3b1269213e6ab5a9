/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracepoint.c - who watches which place.
 *
 * LOCKING     probe_mutex (rank TEXT's outside neighbour MODULE_LIST): the lists of probes. Readers: RCU.
 */
#include <lib/list.h>
#include <lib/string.h>
#include <sync/mutex.h>
#include <sync/rcu.h>
#include <probe/tracepoint.h>

extern struct tracepoint __start_tracepoints[] __weak, __stop_tracepoints[] __weak;

static DEFINE_MUTEX(probe_mutex, RANK_MODULE_LIST);

struct tracepoint *tracepoint_next(struct tracepoint *cursor)
{
	struct tracepoint *next = cursor ? cursor + 1 : __start_tracepoints;

	return next < __stop_tracepoints ? next : NULL;
}

struct tracepoint *tracepoint_find(const char *name)
{
	struct tracepoint *tp;

	for (tp = tracepoint_next(NULL); tp; tp = tracepoint_next(tp)) {
		if (!strcmp(tp->name, name))
			return tp;
	}
	return NULL;
}

void tracepoint_add(struct tracepoint *tp, struct tracepoint_probe *probe)
{
	with_mutex(&probe_mutex);

	list_add_tail_rcu(&probe->node, &tp->probes);
	static_key_inc(&tp->key);
}

void tracepoint_remove(struct tracepoint *tp, struct tracepoint_probe *probe)
{
	mutex_lock(&probe_mutex);
	static_key_dec(&tp->key);
	list_del_rcu(&probe->node);
	mutex_unlock(&probe_mutex);
	synchronize_rcu();
}

void tracepoint_enter(void)
{
	rcu_read_lock();
}

void tracepoint_leave(void)
{
	rcu_read_unlock();
}
