/* SPDX-License-Identifier: GPL-2.0-only */
/* timespec.h - struct timespec64 and its arithmetic, where those who deal with clocks look for it. */
#pragma once

#include <lib/time_units.h>
