/* SPDX-License-Identifier: GPL-2.0-only */
/* p9.h - the 9p file system; drivers bring transports (p9/transport.h). */
#pragma once

/* Boot: register the file system type "9p". */
void p9_init(void);
