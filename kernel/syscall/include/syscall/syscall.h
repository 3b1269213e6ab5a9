/* SPDX-License-Identifier: GPL-2.0-only */
/* syscall.h - names of system calls, for reports. */
#pragma once

/* The name of call @nr, "?" when Linux 6.1 has none. Never NULL. */
const char *syscall_name(unsigned int nr);
