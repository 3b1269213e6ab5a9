/* SPDX-License-Identifier: GPL-2.0-only */
/* atomic.h - the processor's atomic operations under the name that floors above look for. */
#pragma once

#include <arch/atomic.h>
