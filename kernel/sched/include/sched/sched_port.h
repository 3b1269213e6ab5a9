/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_port.h - what the scheduler needs from above; one definer each. */
#pragma once

struct task;
struct landlock_domain;

/* process: free a task with a process part. After the grace period that follows the last reference. */
void free_task(struct task *task);

/* landlock: references of credentials to a domain; not NULL. Putting may be done in any context. */
void landlock_domain_get(struct landlock_domain *domain);
void landlock_domain_put(struct landlock_domain *domain);
