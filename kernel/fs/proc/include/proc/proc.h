/* SPDX-License-Identifier: GPL-2.0-only */
/* proc.h - the proc file system. */
#pragma once

/* Boot: register the file system type "proc". */
void proc_init(void);
