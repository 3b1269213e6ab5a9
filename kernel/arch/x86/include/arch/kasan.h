/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kasan.h - the shadow of the address sanitizer (VARIANT=asan); nothing in other kernels.
 *
 * WHAT        One shadow byte tells about 8 bytes of the direct map: 0 all may be used, 1-7 only that many from the start,
 *             0x80 and above none, and why. Other addresses are not watched.
 */
#ifndef ARCH_KASAN_H
#define ARCH_KASAN_H

#include <lib/types.h>

#define KASAN_FREE_PAGE 0xff
#define KASAN_REDZONE 0xfc
#define KASAN_FREE_OBJECT 0xfb

#ifdef SANITIZE_ADDRESS
#define IS_SANITIZED 1
/* Makes the shadow. After the final page tables, before the page allocator. */
void kasan_init(void);
/* @addr: multiple of 8, in the direct map (else nothing happens). */
void kasan_poison(const void *addr, size_t size, u8 why);
void kasan_unpoison(const void *addr, size_t size);
/* What uninstrumented code is about to do. */
void kasan_check_range(const void *addr, size_t size, bool is_write);
/* @object of at least @size bytes was handed out for @size: what follows, to the next multiple of 8, is out of
 * bounds; bytes after that too, up to @capacity. Returns @object. */
void *kasan_redzone(void *object, size_t size, size_t capacity);
#else
#define IS_SANITIZED 0
static inline void *kasan_redzone(void *object, size_t size, size_t capacity)
{
	return object;
}
static inline void kasan_init(void)
{
}
static inline void kasan_poison(const void *addr, size_t size, u8 why)
{
}
static inline void kasan_unpoison(const void *addr, size_t size)
{
}
static inline void kasan_check_range(const void *addr, size_t size, bool is_write)
{
}
#endif

#endif
