/* SPDX-License-Identifier: GPL-2.0-only */
/* oom.h - memory ran out: what was asked for, who pays, and what the log says. */
#ifndef MM_OOM_H
#define MM_OOM_H

#include <lib/types.h>
#include <pages/gfp.h>
#include <sync/thread.h>

struct mm;

#define OOM_ORDER_BY_HAND (-1) /* no allocation: somebody asked for a victim */

struct oom_request {
	u32 nodes; /* what a memory policy leaves of the nodes with memory; 0: all of them count */
	gfp_t gfp;
	int order;
};

static inline bool oom_request_is_by_hand(const struct oom_request *request)
{
	return request->order == OOM_ORDER_BY_HAND;
}

/* Who was picked, for the reaper and its words. */
struct oom_victim {
	struct mm *mm; /* a reference, which does not keep it from being torn down */
	int pid;
	char name[THREAD_NAME_LEN];
	bool may_reap; /* false: somebody who lives on shares the memory */
};

/* The head of the report: who asked for what, how it got there, and where the memory is. */
void oom_report(const struct oom_request *request);
/* The log lines that begin with Mem-Info, with those of @nodes alone: also sysrq m. */
void show_mem(u32 nodes);
/* sysrq f: pick a victim now. False: there is none. */
bool oom_kill_by_hand(void);

#endif
