/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracepoint.h - a place in the kernel that tracers can watch. Off, it costs one nop and no loads.
 *
 * In a header:   TRACEPOINT_DECLARE(sched_switch, (struct task *prev, struct task *next), (prev, next))
 * In one .c:     TRACEPOINT_DEFINE(sched_switch, (struct task *prev, struct task *next), (prev, next))
 * At the place:  trace_sched_switch(prev, next);
 * A tracer:      a struct trace_sched_switch_probe { struct tracepoint_probe base; ops } added with tracepoint_add().
 *
 * Probes are called with preemption disabled, in order of registration, and must not sleep or allocate.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <probe/static_key.h>

struct tracepoint_probe {
	struct list_head node; /* RCU */
	const void *ops;       /* const struct trace_<name>_ops * of the tracepoint it is added to */
};

struct tracepoint {
	const char *name;
	struct static_key key;
	struct list_head probes; /* RCU; writers: probe lock */
};

/* They lie side by side in a section of their own. */
ASSERT_SIZE(struct tracepoint, 32);

/* A tracepoint by name, NULL when there is none; all of them in link order. */
struct tracepoint *tracepoint_find(const char *name);
struct tracepoint *tracepoint_next(struct tracepoint *cursor);
/* Sleep. tracepoint_remove() returns when no probe call is running any more. */
void tracepoint_add(struct tracepoint *tp, struct tracepoint_probe *probe);
void tracepoint_remove(struct tracepoint *tp, struct tracepoint_probe *probe);

#define TRACEPOINT_WITH(...) __VA_OPT__(, ) __VA_ARGS__

#define TRACEPOINT_DECLARE(tp_name, proto, args)                                                \
	struct trace_##tp_name##_ops {                                                          \
		const char *name;                                                               \
		void (*probe)(struct tracepoint_probe *self TRACEPOINT_WITH proto);             \
	};                                                                                      \
	extern struct tracepoint tracepoint_##tp_name;                                          \
	void trace_##tp_name##_slow proto;                                                      \
	static __always_inline void trace_##tp_name proto                                       \
	{                                                                                       \
		if (static_key_enabled(&tracepoint_##tp_name.key))                              \
			trace_##tp_name##_slow args;                                            \
	}

#define TRACEPOINT_DEFINE(tp_name, proto, args)                                                 \
	struct tracepoint tracepoint_##tp_name __attribute__((section("tracepoints"), used)) = { \
		.name = #tp_name,                                                               \
		.probes = LIST_HEAD_INIT(tracepoint_##tp_name.probes),                          \
	};                                                                                      \
	noinline void trace_##tp_name##_slow proto                                              \
	{                                                                                       \
		struct tracepoint_probe *tp_probe_;                                             \
		tracepoint_enter();                                                             \
		list_for_each_entry_rcu(tp_probe_, &tracepoint_##tp_name.probes, node)          \
			((const struct trace_##tp_name##_ops *)tp_probe_->ops)                  \
				->probe(tp_probe_ TRACEPOINT_CALL args);                        \
		tracepoint_leave();                                                             \
	}
#define TRACEPOINT_CALL(...) __VA_OPT__(, ) __VA_ARGS__

void tracepoint_enter(void);
void tracepoint_leave(void);
