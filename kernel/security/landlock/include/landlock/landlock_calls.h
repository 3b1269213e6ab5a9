/* SPDX-License-Identifier: GPL-2.0-only */
/* landlock_calls.h - the system calls that this folder handles. */
#pragma once

#include <lib/types.h>

long sys_landlock_create_ruleset(uaddr_t attr, size_t size, u32 flags);
long sys_landlock_add_rule(int ruleset_fd, u32 rule_type, uaddr_t rule_attr, u32 flags);
long sys_landlock_restrict_self(int ruleset_fd, u32 flags);
