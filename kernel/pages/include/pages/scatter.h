/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scatter.h - memory as a device sees it: physical pieces in order. Whoever fills a list keeps the memory
 * there until the device has given it back.
 */
#ifndef PAGES_SCATTER_H
#define PAGES_SCATTER_H

#include <pages/page.h>
#include <pages/vmalloc.h>

struct scatter {
	phys_addr_t phys;
	u32 len;
};

/* An array of the caller with a fill count. */
struct scatter_list {
	struct scatter *piece;
	u32 nr;
	u32 max; /* pieces that fit */
};

#define SCATTER_LIST(array) { .piece = (array), .nr = 0, .max = ARRAY_SIZE(array) }

/* Add physically contiguous memory; pieces that touch are joined. False: the list is full. */
static inline bool scatter_add_phys(struct scatter_list *list, phys_addr_t phys, u32 len)
{
	struct scatter *last = list->nr ? &list->piece[list->nr - 1] : NULL;

	if (!len)
		return true;
	if (last && last->phys + last->len == phys && last->len + len >= len) {
		last->len += len;
		return true;
	}
	if (list->nr == list->max)
		return false;
	list->piece[list->nr++] = (struct scatter){ .phys = phys, .len = len };
	return true;
}

static inline bool scatter_add_page(struct scatter_list *list, struct page *page, u32 offset, u32 len)
{
	return scatter_add_phys(list, page_to_phys(page) + offset, len);
}

/* Add a kernel buffer: slab or page memory, the image, or vmalloc memory (page by page). */
static inline bool scatter_add_buf(struct scatter_list *list, const void *buf, size_t len)
{
	const char *at = buf;

	if (!is_vmalloc_addr(buf))
		return scatter_add_phys(list, virt_to_phys(buf), (u32)len);
	while (len) {
		size_t here = PAGE_SIZE - offset_in_page(at);
		struct page *page = vmalloc_to_page(at);

		here = here < len ? here : len;
		if (!page || !scatter_add_page(list, page, (u32)offset_in_page(at), (u32)here))
			return false;
		at += here;
		len -= here;
	}
	return true;
}

static inline size_t scatter_bytes(const struct scatter *piece, u32 nr)
{
	size_t sum = 0;

	for (u32 i = 0; i < nr; i++)
		sum += piece[i].len;
	return sum;
}

#endif
