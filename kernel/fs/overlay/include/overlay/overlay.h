/* SPDX-License-Identifier: GPL-2.0-only */
/* overlay.h - one tree out of several: a writable layer over read-only ones. */
#pragma once

/* Boot: register the file system type "overlay". */
void overlay_init(void);
