/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * early_mem.c - memory before the page allocator.
 *
 * WHAT        RAM is what boot_info says; *taken* is a sorted list of ranges that nobody may use. Allocation takes the
 *             highest gap below the limit, so that low memory stays for those who need it.
 * INVARIANTS  I1  taken[] is sorted and its ranges do not touch (neighbours are merged).
 *             I2  The first page is always taken, so 0 is never a valid answer.
 * ERRORS      early_alloc panics (it stops the machine with a message): boot can't go on without.
 */
#include <arch/bootinfo.h>
#include <arch/early_console.h>
#include <arch/early_mem.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <lib/string.h>

#define MAX_TAKEN 64
/* The tables of head.S map this much. */
#define EARLY_MAP_END 0x100000000ull

static struct {
	phys_addr_t start[MAX_TAKEN], end[MAX_TAKEN];
	u32 nr;
	bool is_open;
} early_mem;

static void taken_remove(u32 i)
{
	early_mem.nr--;
	for (; i < early_mem.nr; i++) {
		early_mem.start[i] = early_mem.start[i + 1];
		early_mem.end[i] = early_mem.end[i + 1];
	}
}

static __noreturn void early_die(const char *why)
{
	early_printk("early memory: %s\n", why);
	for (;;)
		cpu_halt();
}

void early_reserve(phys_addr_t start, phys_addr_t end)
{
	u32 i = 0;

	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN(end, PAGE_SIZE);
	while (i < early_mem.nr) {
		if (early_mem.end[i] < start || early_mem.start[i] > end) {
			i++;
			continue;
		}
		start = min(start, early_mem.start[i]);
		end = max(end, early_mem.end[i]);
		taken_remove(i);
	}
	if (early_mem.nr == MAX_TAKEN)
		early_die("too many reserved ranges");
	for (i = early_mem.nr++; i > 0 && early_mem.start[i - 1] > start; i--) {
		early_mem.start[i] = early_mem.start[i - 1];
		early_mem.end[i] = early_mem.end[i - 1];
	}
	early_mem.start[i] = start;
	early_mem.end[i] = end;
}

void early_mem_init(void)
{
	early_mem.is_open = true;
	early_reserve(0, PAGE_SIZE);
	early_reserve(boot_info.image_start, boot_info.image_end);
	for (u32 i = 0; i < boot_info.nr_modules; i++)
		early_reserve(boot_info.modules[i].start, boot_info.modules[i].end);
	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		if (boot_info.ranges[i].type != BOOT_RAM)
			early_reserve(boot_info.ranges[i].start, boot_info.ranges[i].end);
}

/* The highest place for @size bytes in [lo, hi), around what is taken; 0: none. */
static phys_addr_t fit(phys_addr_t lo, phys_addr_t hi, size_t size, size_t align)
{
	for (u32 i = early_mem.nr; i-- > 0;) {
		phys_addr_t base;

		if (early_mem.start[i] >= hi)
			continue;
		base = max(lo, early_mem.end[i]);
		if (hi > base && ALIGN_DOWN(hi - size, align) >= base && hi - base >= size)
			return ALIGN_DOWN(hi - size, align);
		hi = early_mem.start[i];
		if (hi <= lo)
			return 0;
	}
	if (hi - lo >= size && ALIGN_DOWN(hi - size, align) >= lo)
		return ALIGN_DOWN(hi - size, align);
	return 0;
}

phys_addr_t early_alloc_below(size_t size, size_t align, phys_addr_t limit)
{
	size = ALIGN(size, PAGE_SIZE);
	align = max(align, PAGE_SIZE);
	for (u32 i = boot_info.nr_ranges; i-- > 0;) {
		const struct boot_range *r = &boot_info.ranges[i];
		phys_addr_t hi = ALIGN_DOWN(min(r->end, limit), PAGE_SIZE), pa;

		if (r->type != BOOT_RAM || hi <= ALIGN(r->start, PAGE_SIZE))
			continue;
		pa = fit(ALIGN(r->start, PAGE_SIZE), hi, size, align);
		if (pa) {
			early_reserve(pa, pa + size);
			return pa;
		}
	}
	return 0;
}

phys_addr_t early_alloc(size_t size, size_t align)
{
	phys_addr_t limit = direct_map_end ? direct_map_end : EARLY_MAP_END;
	phys_addr_t pa;

	if (!early_mem.is_open)
		early_die("used after it was closed");
	pa = early_alloc_below(size, align, limit);
	if (!pa)
		early_die("out of memory");
	memset(phys_to_virt(pa), 0, ALIGN(size, PAGE_SIZE));
	return pa;
}

bool early_mem_next_ram(u64 *cursor, phys_addr_t *start, phys_addr_t *end)
{
	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct boot_range *r = &boot_info.ranges[i];

		*start = ALIGN(max(r->start, *cursor), PAGE_SIZE);
		*end = ALIGN_DOWN(r->end, PAGE_SIZE);
		if (r->type != BOOT_RAM || *start >= *end)
			continue;
		*cursor = *end;
		return true;
	}
	return false;
}

/* Cuts [*start, *end) to its first free part; false when all of it is taken. */
static bool cut_free(phys_addr_t *start, phys_addr_t *end)
{
	for (u32 i = 0; i < early_mem.nr; i++) {
		if (early_mem.end[i] <= *start)
			continue;
		if (early_mem.start[i] > *start) {
			*end = min(*end, early_mem.start[i]);
			return true;
		}
		*start = early_mem.end[i];
		if (*start >= *end)
			return false;
	}
	return true;
}

bool early_mem_next_free(u64 *cursor, phys_addr_t *start, phys_addr_t *end)
{
	while (early_mem_next_ram(cursor, start, end)) {
		if (cut_free(start, end)) {
			*cursor = *end;
			return true;
		}
	}
	return false;
}

void early_mem_close(void)
{
	early_mem.is_open = false;
}

bool early_mem_is_open(void)
{
	return early_mem.is_open;
}

void image_init_range(phys_addr_t *start, phys_addr_t *end)
{
	*start = virt_to_phys(image_init_start);
	*end = virt_to_phys(image_init_end);
}
