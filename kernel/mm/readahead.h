/* SPDX-License-Identifier: GPL-2.0-only */
/* readahead.h - see readahead.c. Private to mm. */
#ifndef MM_READAHEAD_H
#define MM_READAHEAD_H

#include <mm/filemap.h>

/* The mapping owner's bit: the next window should be started when this folio is used. */
#define PG_readahead ((enum page_flag)PG_owner_first)

/* The page at @index was not there and @wanted pages from it on will be read. */
void readahead_miss(struct address_space *mapping, struct file *file, struct file_ra_state *ra, pgoff_t index,
		    unsigned long wanted);
/* A folio with PG_readahead was used. */
void readahead_hit(struct address_space *mapping, struct file *file, struct file_ra_state *ra, struct folio *folio);
/* Is there any folio at @index? */
bool filemap_page_known(struct address_space *mapping, pgoff_t index);

#endif
