/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAGES_ZONE_IMPL_H
#define PAGES_ZONE_IMPL_H

/* Boot: empty zones of all nodes; then zonelists once present_pages are known; then watermarks. */
void zones_init(void);
void zones_build_lists(void);
void zones_init_watermarks(void);

#endif
