/* SPDX-License-Identifier: GPL-2.0-only */
/* srcu.h - read-copy-update for readers that sleep: one domain each, counts per processor. */
#pragma once

#include <lib/types.h>
#include <sync/mutex.h>

struct srcu_cpu {
	u64 entered[2]; /* written by the processor itself */
	u64 left[2];
} __attribute__((aligned(64)));

struct srcu_domain {
	u32 index; /* low bit: which pair new readers use */
	struct mutex mutex; /* one grace period at a time */
	struct srcu_cpu cpu[NR_CPUS];
};

#define SRCU_INIT(name) { .mutex = MUTEX_INIT((name).mutex, RANK_RCU_MUTEX) }

void srcu_init(struct srcu_domain *domain);
/* Returns a token for the unlock. Readers may sleep and may move to another processor. */
int __must_check srcu_read_lock(struct srcu_domain *domain);
void srcu_read_unlock(struct srcu_domain *domain, int token);
/* Wait until every reader that is inside now has left. Sleeps. */
void synchronize_srcu(struct srcu_domain *domain);
