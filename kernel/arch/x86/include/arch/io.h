/* SPDX-License-Identifier: GPL-2.0-only */
/* io.h - I/O ports and device memory. */
#ifndef ARCH_IO_H
#define ARCH_IO_H

#include <lib/types.h>

static inline u8 inb(u16 port) { u8 v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
static inline u16 inw(u16 port) { u16 v; asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
static inline u32 inl(u16 port) { u32 v; asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory"); return v; }
static inline void outb(u8 v, u16 port) { asm volatile("outb %0, %1" : : "a"(v), "Nd"(port) : "memory"); }
static inline void outw(u16 v, u16 port) { asm volatile("outw %0, %1" : : "a"(v), "Nd"(port) : "memory"); }
static inline void outl(u32 v, u16 port) { asm volatile("outl %0, %1" : : "a"(v), "Nd"(port) : "memory"); }
static inline void insb(u16 port, void *buf, size_t n)
{
	asm volatile("rep insb" : "+D"(buf), "+c"(n) : "d"(port) : "memory");
}
static inline void outsb(u16 port, const void *buf, size_t n)
{
	asm volatile("rep outsb" : "+S"(buf), "+c"(n) : "d"(port) : "memory");
}

/* Device memory: accesses of one size, in program order, never merged. */
#define DEFINE_MMIO(sfx, type, op, reg)                                      \
	static inline type read##sfx(const volatile void *p)                 \
	{                                                                    \
		type v;                                                      \
		asm volatile("mov" op " %1, %0" : "=" reg(v) : "m"(*(const volatile type *)p) : "memory"); \
		return v;                                                    \
	}                                                                    \
	static inline void write##sfx(type v, volatile void *p)              \
	{                                                                    \
		asm volatile("mov" op " %0, %1" : : reg(v), "m"(*(volatile type *)p) : "memory"); \
	}
DEFINE_MMIO(b, u8, "b", "q")
DEFINE_MMIO(w, u16, "w", "r")
DEFINE_MMIO(l, u32, "l", "r")
DEFINE_MMIO(q, u64, "q", "r")
#undef DEFINE_MMIO

/* Device memory before pages/vmalloc.h has ioremap(): a few pages, never given back. NULL when used up. */
void *ioremap_early(phys_addr_t pa, size_t len);
/* Normal memory that may lie outside the direct map (firmware tables): a pointer, cached. */
void *firmware_map(phys_addr_t pa, size_t len);

#endif
