/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memlayout.h - where everything lies in the address space. docs/memory-map.md draws it.
 *
 * INVARIANTS  I1  The three bases are drawn once, in early start (kaslr.c), and never change; they are
 *                 patched into the code as immediates (RUNTIME_CONST), so using one costs no load.
 *             I2  All top-level entries of the kernel half that are ever used exist before the first user
 *                 address space does, so address spaces share them by copying and never disagree.
 */
#ifndef ARCH_MEMLAYOUT_H
#define ARCH_MEMLAYOUT_H

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PMD_SHIFT 21
#define PMD_SIZE (1ul << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define PUD_SHIFT 30
#define PUD_SIZE (1ul << PUD_SHIFT)
#define PUD_MASK (~(PUD_SIZE - 1))
#define PGDIR_SHIFT 39
#define PGDIR_SIZE (1ul << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PTRS_PER_TABLE 512

/* User half. The last page is never mapped (SYSRET of a non-canonical address). */
#define USER_END 0x00007ffffffff000ul
#define USER_PTRS_PER_PGD 256

/* Windows in which the bases are drawn. */
#define DIRECT_MAP_WINDOW 0xffff888000000000ul
#define DIRECT_MAP_WINDOW_END 0xffffa88000000000ul
#define VMALLOC_WINDOW 0xffffb00000000000ul
#define VMALLOC_WINDOW_END 0xffffd00000000000ul
#define VMALLOC_SIZE PGDIR_SIZE
#define VMEMMAP_WINDOW 0xffffd40000000000ul
#define VMEMMAP_WINDOW_END 0xffffe40000000000ul
#define KASAN_SHADOW_OFFSET 0xdffffc0000000000ul
#define KASAN_SHADOW_START 0xffffec0000000000ul
#define KASAN_SHADOW_END 0xfffffc0000000000ul

/* Frames for returns to 16-bit stacks, and their aliases: espfix.c. */
#define ESPFIX_WINDOW 0xffffff0000000000ul

/* The image window: text, data; within it, above the image, the patch and JIT window. */
#define IMAGE_WINDOW 0xffffffff80000000ul
#define IMAGE_LINK_OFFSET 0x200000ul
#define IMAGE_WINDOW_END 0xffffffffa0000000ul
#define PATCH_WINDOW 0xffffffffa0000000ul
#define PATCH_WINDOW_END 0xffffffffff000000ul
/* A few fixed pages for the text patcher and early mappings. */
#define FIXED_WINDOW 0xffffffffff000000ul
#define FIXED_WINDOW_END 0xffffffffffe00000ul

#ifndef __ASSEMBLY__
#include <lib/types.h>

/* An immediate of 8 bytes that early start replaces by the value of the variable of that name. */
#define RUNTIME_CONST(name)                                                  \
	({                                                                   \
		unsigned long rc_v;                                          \
		asm("movabs $0x5a5a5a5a5a5a5a5a, %0\n771:\n"                 \
		    ".pushsection .runtime_const." #name ", \"a\"\n"         \
		    ".long 771b - 8 - .\n"                                   \
		    ".popsection" : "=r"(rc_v));                             \
		rc_v;                                                        \
	})

#define direct_map_base RUNTIME_CONST(direct_map_base)
#define vmemmap_base RUNTIME_CONST(vmemmap_base)
#define vmalloc_base RUNTIME_CONST(vmalloc_base)
#define vmalloc_end (vmalloc_base + VMALLOC_SIZE)

/* Virtual minus physical address of the image: changes with slide and load address, fixed after start. */
extern unsigned long image_phys_offset;

/* Address of physical memory in the direct map. */
static inline void *phys_to_virt(phys_addr_t pa)
{
	return (void *)(pa + direct_map_base);
}

/* Physical address behind a direct-map or image address (not vmalloc). */
static inline phys_addr_t virt_to_phys(const volatile void *va)
{
	unsigned long v = (unsigned long)va;

	if (v >= IMAGE_WINDOW)
		return v - image_phys_offset;
	return v - direct_map_base;
}

/* As virt_to_phys() for an address known to be in the direct map: no branch. */
static inline phys_addr_t direct_to_phys(const volatile void *va)
{
	return (unsigned long)va - direct_map_base;
}

#define __pa(x) virt_to_phys((const void *)(x))
#define __va(x) phys_to_virt((phys_addr_t)(x))
#define PHYS_PFN(pa) ((unsigned long)((pa) >> PAGE_SHIFT))
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn) << PAGE_SHIFT)
#define PAGE_ALIGN(x) (((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)

/* End of the highest physical range that the direct map covers. */
extern phys_addr_t direct_map_end;

/* The image, by part. */
extern char image_start[], image_text_start[], image_text_end[], image_rodata_start[], image_rodata_end[];
extern char image_data_start[], image_data_end[], image_bss_start[], image_bss_end[], image_end[];
extern char image_init_start[], image_init_end[];
extern char percpu_template_start[], percpu_template_end[];

static inline bool address_is_text(unsigned long addr)
{
	return addr >= (unsigned long)image_text_start && addr < (unsigned long)image_text_end;
}
#endif

#endif
