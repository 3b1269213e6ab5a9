/* SPDX-License-Identifier: GPL-2.0-only */
/* rank.c - names of lock ranks. */
#include <sync/rank.h>

static const char *const rank_names[NR_LOCK_RANKS] = {
	[RANK_NONE] = "none",
#define LOCK_RANK(name, what) [RANK_##name] = #name,
#include <sync/ranks.def>
#undef LOCK_RANK
};

const char *lock_rank_name(enum lock_rank rank)
{
	return rank < NR_LOCK_RANKS ? rank_names[rank] : "?";
}
