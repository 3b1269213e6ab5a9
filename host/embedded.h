/* SPDX-License-Identifier: GPL-2.0-only */
/* embedded.h - the files that the command carries: the guest's first process and BusyBox. */
#ifndef HOST_EMBEDDED_H
#define HOST_EMBEDDED_H

extern const unsigned char embedded_init[], embedded_init_end[];
extern const unsigned char embedded_busybox[], embedded_busybox_end[];
/* The paths BusyBox goes by ("bin/sh"), one a line. */
extern const unsigned char embedded_applets[], embedded_applets_end[];

#endif
