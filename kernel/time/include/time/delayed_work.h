/* SPDX-License-Identifier: GPL-2.0-only */
/* delayed_work.h - a work item that is queued by a timer. */
#pragma once

#include <sync/workqueue.h>
#include <time/timer.h>

struct delayed_work {
	struct work work;
	struct timer timer;
};

void delayed_work_init(struct delayed_work *dwork, const struct work_ops *ops);
/* Queue in @delay_ns. False when it was pending already (and keeps its time). */
bool delayed_work_queue(struct delayed_work *dwork, u64 delay_ns);
/* The same, but a pending one gets the new time. */
void delayed_work_modify(struct delayed_work *dwork, u64 delay_ns);
/* Neither pending nor running on return. True when it was pending. Sleeps. */
bool delayed_work_cancel_sync(struct delayed_work *dwork);
