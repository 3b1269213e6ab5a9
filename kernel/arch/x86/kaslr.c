/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kaslr.c - draws the addresses of the image and of the big windows, and moves the image.
 *
 * WHAT        kaslr_start() runs at the link address on the tables of head.S. It maps the image a second time at the
 *             drawn address, adds the slide to every absolute address of the image (the list was made by
 *             tools/gen/relocs.py), and patches the bases of the windows into the code. Both mappings
 *             are the same memory, so the code that does this is not disturbed by it.
 *             For tests "kaslr=first" and "kaslr=last" take the ends of every window, "nokaslr" the link address.
 * INVARIANTS  I1  Runs once, before anything else; uses no other file's data and no sanitizer.
 *             I2  direct_map_base is a multiple of 1 GiB and its first 4 GiB lie under one top-level entry.
 *             I3  The drawn address does not overlap the link address, on which we run until the end.
 * TESTS       tests/harness/protect.py boots with each of the words.
 */
#include <arch/alternative.h>
#include <arch/memlayout.h>
#include <lib/string.h>
#include "start_impl.h"

/* What makes one choice after the other. */
struct drawing {
	u64 seed;
	bool is_first, is_last; /* not by chance but the first, the last */
};

struct reloc_table {
	u32 nr_64, nr_32;
	u32 offset[];
};

extern const s32 runtime_const_direct_map_base_start[], runtime_const_direct_map_base_end[];
extern const s32 runtime_const_vmemmap_base_start[], runtime_const_vmemmap_base_end[];
extern const s32 runtime_const_vmalloc_base_start[], runtime_const_vmalloc_base_end[];
extern char image_relocs_start[], image_relocs_end[];
extern u64 early_pgd[], early_pmd_image[], early_pud_direct[], early_pmd_id[];

unsigned long image_phys_offset;

static __no_sanitize u64 mix(u64 x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdull;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ull;
	return x ^ x >> 33;
}

/* One of @nr numbers from 0 up. RDRAND if there is one, and the time stamp counter in any case. */
static __no_sanitize u64 draw(struct drawing *drawing, u64 nr)
{
	u32 a, b, c, d, lo, hi;
	u64 r = 0;

	if (drawing->is_first || drawing->is_last)
		return drawing->is_first ? 0 : nr - 1;
	cpuid(1, 0, &a, &b, &c, &d);
	if (c & 1u << 30)
		asm volatile("rdrand %0" : "+r"(r) : : "cc");
	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	drawing->seed = mix(drawing->seed + r + ((u64)hi << 32 | lo));
	return drawing->seed % nr;
}

static __no_sanitize bool word_in_line(const char *line, const char *word)
{
	for (const char *p = line; *p; p++) {
		size_t i = 0;

		if (p != line && p[-1] != ' ')
			continue;
		while (word[i] && p[i] == word[i])
			i++;
		if (!word[i] && (!p[i] || p[i] == ' '))
			return true;
	}
	return false;
}

static __no_sanitize void relocate(unsigned long slide)
{
	const struct reloc_table *table = (const struct reloc_table *)image_relocs_start;
	const u32 *off = table->offset;

	for (u32 i = 0; i < table->nr_64; i++)
		*(u64 *)(image_start + *off++) += slide;
	for (u32 i = 0; i < table->nr_32; i++)
		*(u32 *)(image_start + *off++) += (u32)slide;
}

static __no_sanitize void patch_const(const s32 *site, const s32 *end, unsigned long value)
{
	for (; site < end; site++)
		*(u64 *)((unsigned long)site + *site) = value;
}

/* A multiple of @align in [start, end - size]. */
static __no_sanitize unsigned long draw_base(struct drawing *drawing, unsigned long start,
					     unsigned long end, unsigned long size, unsigned long align)
{
	return start + draw(drawing, (end - size - start) / align + 1) * align;
}

static __no_sanitize void map_direct_early(unsigned long base, unsigned long load_delta)
{
	unsigned long phys = (unsigned long)early_pud_direct - IMAGE_WINDOW + load_delta;
	unsigned long pmd = (unsigned long)early_pmd_id - IMAGE_WINDOW + load_delta;

	early_pgd[base >> PGDIR_SHIFT & 511] = phys | 3;
	for (int i = 0; i < 4; i++)
		early_pud_direct[(base >> PUD_SHIFT & 511) + i] = (pmd + i * PAGE_SIZE) | 3;
}

/*
 * @start_info: where the loader's structure is. @load_delta: how far from the link address we were
 * loaded. The slide, for head.S.
 */
__no_sanitize unsigned long kaslr_start(const struct pvh_start_info *info, unsigned long load_delta)
{
	const char *line = info->cmdline_paddr ? (const char *)info->cmdline_paddr : "";
	unsigned long size = image_end - image_start, nr = (size + IMAGE_LINK_OFFSET) / PMD_SIZE + 1;
	unsigned long slide = 0, direct = DIRECT_MAP_WINDOW, map = VMEMMAP_WINDOW, vm = VMALLOC_WINDOW;
	unsigned long window = IMAGE_WINDOW_END - IMAGE_WINDOW, room = nr * PMD_SIZE;
	struct drawing drawing = {
		.seed = (u64)info ^ load_delta,
		.is_first = word_in_line(line, "kaslr=first"),
		.is_last = word_in_line(line, "kaslr=last"),
	};

	if (!word_in_line(line, "nokaslr")) {
		slide = draw_base(&drawing, room, window, room, PMD_SIZE); /* I3 */
		direct = draw_base(&drawing, direct, DIRECT_MAP_WINDOW_END, PGDIR_SIZE, PGDIR_SIZE);
		direct += draw(&drawing, 256) * PUD_SIZE;
		vm = draw_base(&drawing, vm, VMALLOC_WINDOW_END, VMALLOC_SIZE, PGDIR_SIZE);
		map = draw_base(&drawing, map, VMEMMAP_WINDOW_END, PGDIR_SIZE, PUD_SIZE);
	}
	for (unsigned long i = 0; i < nr; i++)
		early_pmd_image[slide / PMD_SIZE + i] = (load_delta + i * PMD_SIZE) | 0x83;
	map_direct_early(direct, load_delta);

	patch_const(runtime_const_direct_map_base_start, runtime_const_direct_map_base_end, direct);
	patch_const(runtime_const_vmemmap_base_start, runtime_const_vmemmap_base_end, map);
	patch_const(runtime_const_vmalloc_base_start, runtime_const_vmalloc_base_end, vm);
	image_phys_offset = IMAGE_WINDOW + slide - load_delta;
	if (slide)
		relocate(slide);
	asm volatile("movq %%cr3, %%rax\n\tmovq %%rax, %%cr3" : : : "rax", "memory");
	return slide;
}
