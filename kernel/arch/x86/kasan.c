/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kasan.c - the address sanitizer's runtime: the compiler calls __asan_loadN and __asan_storeN before each access.
 *
 * WHAT        Shadow for the whole direct map: RAM has pages of its own, holes share one page of zeroes. An access whose shadow
 *             says no is a panic with the address, the reason and the stack.
 * INVARIANTS  A1  Nothing here is instrumented, takes a lock or sleeps before it reports: callable anywhere.
 *             A2  Before kasan_init() every access passes.
 * TESTS       boot with crash=uaf and crash=oob
 */
#include <arch/arch_port.h>
#include <arch/bootinfo.h>
#include <arch/early_mem.h>
#include <arch/kasan.h>
#include <arch/memlayout.h>
#include <arch/pgtable.h>
#include "kasan_impl.h"

#define GRANULE 8
#define SHADOW_OF(addr) ((u8 *)(((unsigned long)(addr) >> 3) + KASAN_SHADOW_OFFSET))
/* A page of shadow tells about this much. */
#define SHADOW_PAGE_SPAN (PAGE_SIZE * GRANULE)

static struct {
	unsigned long start, end; /* the part of the direct map that has shadow */
	bool has_reported;
} kasan;

static __no_sanitize void map_shadow(phys_addr_t start, phys_addr_t end, phys_addr_t page, bool is_shared)
{
	for (phys_addr_t pa = start; pa < end; pa += SHADOW_PAGE_SPAN) {
		unsigned long va = (unsigned long)SHADOW_OF(phys_to_virt(pa));
		phys_addr_t to = is_shared ? page : page + (pa - start) / GRANULE;

		if (pgtable_lookup_kernel(va, NULL, NULL))
			continue;
		if (pgtable_map_kernel(va, to, PAGE_SIZE, is_shared ? PAGE_KERNEL_RO : PAGE_KERNEL))
			panic("no memory for the sanitizer's shadow");
	}
}

__no_sanitize void kasan_init(void)
{
	phys_addr_t zeroes = early_alloc(PAGE_SIZE, PAGE_SIZE);

	for (u32 i = 0; i < boot_info.nr_ranges; i++) {
		const struct boot_range *r = &boot_info.ranges[i];
		phys_addr_t start = ALIGN_DOWN(r->start, SHADOW_PAGE_SPAN);
		phys_addr_t end = ALIGN(r->end, SHADOW_PAGE_SPAN);

		if (r->type == BOOT_RAM)
			map_shadow(start, end, early_alloc((end - start) / GRANULE, PAGE_SIZE), false);
	}
	map_shadow(0, ALIGN(direct_map_end, SHADOW_PAGE_SPAN), zeroes, true);
	kasan.end = (unsigned long)phys_to_virt(direct_map_end);
	kasan.start = (unsigned long)phys_to_virt(0);
}

static __always_inline bool is_watched(unsigned long addr)
{
	return addr >= kasan.start && addr < kasan.end;
}

__no_sanitize void kasan_poison(const void *addr, size_t size, u8 why)
{
	u8 *shadow = SHADOW_OF(addr);

	if (!kasan.start || !is_watched((unsigned long)addr))
		return;
	for (size_t i = 0; i < DIV_ROUND_UP(size, GRANULE); i++)
		*(volatile u8 *)&shadow[i] = why;
}

__no_sanitize void kasan_unpoison(const void *addr, size_t size)
{
	u8 *shadow = SHADOW_OF(addr);

	if (!kasan.start || !is_watched((unsigned long)addr))
		return;
	for (size_t i = 0; i < size / GRANULE; i++)
		*(volatile u8 *)&shadow[i] = 0;
	if (size % GRANULE)
		*(volatile u8 *)&shadow[size / GRANULE] = size % GRANULE;
}

__no_sanitize void *kasan_redzone(void *object, size_t size, size_t capacity)
{
	size_t used = ALIGN(size, GRANULE);

	if (!object)
		return NULL;
	kasan_unpoison(object, size);
	if (capacity > used)
		kasan_poison((u8 *)object + used, capacity - used, KASAN_REDZONE);
	return object;
}

static __no_sanitize const char *reason(u8 shadow)
{
	switch (shadow) {
	case KASAN_FREE_PAGE:
		return "use of a free page";
	case KASAN_FREE_OBJECT:
		return "use after free";
	case KASAN_REDZONE:
		return "out of bounds";
	}
	return shadow < GRANULE ? "out of bounds" : "bad access";
}

static __no_sanitize noinline void report(unsigned long addr, size_t size, bool is_write, unsigned long ip)
{
	u8 shadow = *SHADOW_OF(addr);

	if (kasan.has_reported)
		return; /* the panic itself must get through */
	kasan.has_reported = true;
	panic("sanitizer: %s: %s of %zu bytes at %lx, shadow %02x, by %pS", reason(shadow),
	      is_write ? "write" : "read", size, addr, shadow, (void *)ip);
}

/* The first byte of [addr, addr + size) that must not be touched, or 0. */
static __no_sanitize __always_inline unsigned long first_bad(unsigned long addr, size_t size)
{
	unsigned long last = addr + size - 1;

	for (unsigned long a = addr & ~7ul; a <= last; a += GRANULE) {
		s8 shadow = *(s8 *)SHADOW_OF(a);

		if (likely(!shadow))
			continue;
		if (shadow < 0 || (last - a < GRANULE ? (long)(last - a) : GRANULE - 1) >= shadow)
			return max(a, addr);
	}
	return 0;
}

static __no_sanitize __always_inline void check(unsigned long addr, size_t size, bool is_write, unsigned long ip)
{
	unsigned long bad;

	if (!is_watched(addr) || !size || !kasan.start)
		return;
	bad = first_bad(addr, size);
	if (unlikely(bad))
		report(bad, size, is_write, ip);
}

__no_sanitize void kasan_check_range(const void *addr, size_t size, bool is_write)
{
	check((unsigned long)addr, size, is_write, (unsigned long)__builtin_return_address(0));
}

#define DEFINE_CHECKS(n)                                                                                \
	__no_sanitize void __asan_load##n##_noabort(unsigned long addr)                                 \
	{                                                                                               \
		check(addr, n, false, (unsigned long)__builtin_return_address(0));                      \
	}                                                                                               \
	__no_sanitize void __asan_store##n##_noabort(unsigned long addr)                                \
	{                                                                                               \
		check(addr, n, true, (unsigned long)__builtin_return_address(0));                       \
	}
DEFINE_CHECKS(1)
DEFINE_CHECKS(2)
DEFINE_CHECKS(4)
DEFINE_CHECKS(8)
DEFINE_CHECKS(16)

__no_sanitize void __asan_loadN_noabort(unsigned long addr, size_t size)
{
	check(addr, size, false, (unsigned long)__builtin_return_address(0));
}

__no_sanitize void __asan_storeN_noabort(unsigned long addr, size_t size)
{
	check(addr, size, true, (unsigned long)__builtin_return_address(0));
}

/* Stacks and globals are not instrumented. */
void __asan_handle_no_return(void)
{
}
