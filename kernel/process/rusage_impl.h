/* SPDX-License-Identifier: GPL-2.0-only */
/* rusage_impl.h - sums into the wire's struct rusage. */
#pragma once

#include <linux/resource.h>
#include <process/signal_struct.h>

void rusage_from_sums(struct rusage *ru, const struct usage_sums *sums);
