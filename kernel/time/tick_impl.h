/* SPDX-License-Identifier: GPL-2.0-only */
/* tick_impl.h - what the timer interrupt asks of the clocks. */
#pragma once

#include <lib/types.h>

/* Bring the clocks up to date if a tick has passed since the last time. */
void timekeeping_tick(u64 now_ns);
