/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.c - changes instructions of the running kernel: arch/text.h.
 *
 * WHAT        text_poke() replaces one instruction under running CPUs by INT3 and cross-calls; alternatives_apply() chooses
 *             instructions by CPU feature while only one CPU runs.
 * INVARIANTS  I1  poke.addr is not NULL exactly while an INT3 of ours may stand in the text.
 *             I2  Writes go through two fixed pages, mapped on the writing CPU for the moment of the write.
 *             I3  The last byte is written twice. QEMU's translator reads code before it begins to watch it, so a CPU
 *                 that was translating at the first write can keep an INT3 that is no longer in memory, for
 *                 ever; the second write, after every CPU has passed a cross-call, drops such a translation.
 * LOCKING     The caller serialises text_poke() and text_fill().
 */
#include <arch/alternative.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <arch/pgtable.h>
#include <arch/preempt.h>
#include <arch/smp.h>
#include <arch/text.h>
#include <arch/tlb.h>
#include <lib/assert.h>
#include <lib/string.h>
#include "text_impl.h"

#define INT3 0xcc
#define OP_CALL 0xe8
#define OP_JUMP 0xe9

static struct {
	u8 *addr;
	size_t len;
	u8 code[TEXT_MAX_POKE];
} poke;

extern const struct alt_site alt_sites_start[], alt_sites_end[];

/* The longest nops that are one instruction, by length. */
static const u8 nops[9][8] = {
	[1] = { 0x90 },
	[2] = { 0x66, 0x90 },
	[3] = { 0x0f, 0x1f, 0x00 },
	[4] = { 0x0f, 0x1f, 0x40, 0x00 },
	[5] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[6] = { 0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00 },
	[7] = { 0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00 },
	[8] = { 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00 },
};

void text_make_nops(u8 *code, size_t len)
{
	while (len) {
		size_t n = min(len, (size_t)8);

		memcpy(code, nops[n], n);
		code += n;
		len -= n;
	}
}

static void make_branch(u8 *code, u8 op, const void *from, const void *to)
{
	s32 rel = (s32)((long)to - (long)from - TEXT_CALL_SIZE);

	code[0] = op;
	memcpy(code + 1, &rel, sizeof(rel));
}

void text_make_call(u8 code[TEXT_CALL_SIZE], const void *from, const void *to)
{
	make_branch(code, OP_CALL, from, to);
}

void text_make_jump(u8 code[TEXT_CALL_SIZE], const void *from, const void *to)
{
	make_branch(code, OP_JUMP, from, to);
}

void text_poke_early(void *addr, const void *code, size_t len)
{
	memcpy(addr, code, len);
}

static void serialize(void *arg)
{
	u32 a, b, c, d;

	cpuid(0, 0, &a, &b, &c, &d);
}

static const struct ipi_ops serialize_ops = { .name = "text_sync", .run = serialize };

void text_sync_all(void)
{
	smp_call_all(&serialize_ops, NULL);
}

/* Through a writable alias that exists for this moment on this CPU. */
static void write_text(u8 *addr, const u8 *code, size_t len)
{
	unsigned long va = (unsigned long)addr, page = va & PAGE_MASK, flags;
	size_t nr = offset_in_page(va) + len > PAGE_SIZE ? 2 : 1;
	phys_addr_t pa;
	pgprot_t prot;

	local_irq_save(flags);
	for (size_t i = 0; i < nr; i++) {
		if (!pgtable_lookup_kernel(page + i * PAGE_SIZE, &pa, &prot) ||
		    pgtable_map_kernel(FIXED_WINDOW + i * PAGE_SIZE, pa, PAGE_SIZE, PAGE_KERNEL))
			BUG();
	}
	memcpy((u8 *)FIXED_WINDOW + offset_in_page(va), code, len);
	pgtable_unmap_kernel(FIXED_WINDOW, nr * PAGE_SIZE);
	for (size_t i = 0; i < nr; i++)
		tlb_flush_page_local(FIXED_WINDOW + i * PAGE_SIZE);
	local_irq_restore(flags);
}

void text_fill(void *addr, const void *code, size_t len)
{
	const u8 *from = code;

	while (len) {
		size_t n = min(len, PAGE_SIZE);

		write_text(addr, from, n);
		addr = (u8 *)addr + n;
		from += n;
		len -= n;
	}
}

void text_poke(void *addr, const void *code, size_t len)
{
	const u8 int3 = INT3;

	KASSERT(len && len <= TEXT_MAX_POKE && !poke.addr);
	memcpy(poke.code, code, len);
	poke.len = len;
	smp_store_release(&poke.addr, addr); /* pairs with text_poke_trap() */
	write_text(addr, &int3, 1);
	text_sync_all();
	if (len > 1) {
		write_text((u8 *)addr + 1, poke.code + 1, len - 1);
		text_sync_all();
	}
	write_text(addr, poke.code, 1);
	text_sync_all();
	write_text(addr, poke.code, 1); /* I3 */
	smp_store_release(&poke.addr, NULL);
	text_sync_all(); /* no CPU is inside the handler with the old address */
}

/* Acts as the new instruction would. The entry code has left room above its frame for one word. */
noinstr bool text_poke_trap(struct pt_regs *regs)
{
	u8 *addr = smp_load_acquire(&poke.addr);
	unsigned long next;
	s32 rel;

	if (!addr || regs->ip != (unsigned long)addr + 1) {
		/* The INT3 may have gone between the trap and here: run the instruction that stands there. */
		if (*(volatile u8 *)(regs->ip - 1) == INT3)
			return false;
		regs->ip--;
		return true;
	}
	next = (unsigned long)addr + poke.len;
	if (poke.code[0] != OP_CALL && poke.code[0] != OP_JUMP) {
		regs->ip = next;
		return true;
	}
	rel = (s32)(poke.code[1] | poke.code[2] << 8 | poke.code[3] << 16 | (u32)poke.code[4] << 24);
	next = (unsigned long)addr + TEXT_CALL_SIZE;
	if (poke.code[0] == OP_CALL) {
		regs->sp -= 8;
		*(unsigned long *)regs->sp = next;
	}
	regs->ip = next + rel;
	return true;
}

static void apply_one(const struct alt_site *a)
{
	u8 *site = (u8 *)&a->site + a->site, *repl = (u8 *)&a->repl + a->repl;
	size_t used = a->len;
	u8 code[256];
	s32 rel;

	memcpy(code, site, a->len);
	if (cpu_has(a->feature)) {
		used = a->repl_len;
		memcpy(code, repl, used);
		if (used == TEXT_CALL_SIZE && (code[0] == OP_CALL || code[0] == OP_JUMP)) {
			memcpy(&rel, code + 1, sizeof(rel));
			rel += (s32)(repl - site);
			memcpy(code + 1, &rel, sizeof(rel));
		}
	} else {
		while (used && code[used - 1] == 0x90)
			used--;
	}
	text_make_nops(code + used, a->len - used);
	text_poke_early(site, code, a->len);
}

void alternatives_apply(void)
{
	for (const struct alt_site *a = alt_sites_start; a < alt_sites_end; a++)
		apply_one(a);
}
