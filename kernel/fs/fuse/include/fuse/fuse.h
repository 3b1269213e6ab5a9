/* SPDX-License-Identifier: GPL-2.0-only */
/* fuse.h - the client of FUSE servers; drivers bring transports (fuse/transport.h). */
#pragma once

/* Boot: register the file system type "virtiofs". */
void fuse_init(void);
