/* SPDX-License-Identifier: GPL-2.0-only */
/* extable.c - finds where to go on after a fault of the kernel. */
#include <arch/extable.h>
#include <arch/ptregs.h>
#include <lib/types.h>

extern struct ex_entry ex_table_start[], ex_table_end[];

static unsigned long entry_insn(const struct ex_entry *e)
{
	return (unsigned long)&e->insn + e->insn;
}

static unsigned long entry_fixup(const struct ex_entry *e)
{
	return (unsigned long)&e->fixup + e->fixup;
}

/* The linker leaves the table nearly sorted: insertion sort. Offsets are relative to their place. */
void extable_init(void)
{
	for (struct ex_entry *e = ex_table_start + 1; e < ex_table_end; e++) {
		unsigned long insn = entry_insn(e), fixup = entry_fixup(e);
		struct ex_entry *p = e;

		for (; p > ex_table_start && entry_insn(p - 1) > insn; p--) {
			p->insn = entry_insn(p - 1) - (unsigned long)&p->insn;
			p->fixup = entry_fixup(p - 1) - (unsigned long)&p->fixup;
		}
		p->insn = insn - (unsigned long)&p->insn;
		p->fixup = fixup - (unsigned long)&p->fixup;
	}
}

static const struct ex_entry *find(unsigned long ip)
{
	const struct ex_entry *lo = ex_table_start, *hi = ex_table_end;

	while (lo < hi) {
		const struct ex_entry *mid = lo + (hi - lo) / 2;

		if (entry_insn(mid) == ip)
			return mid;
		if (entry_insn(mid) < ip)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

bool fault_fixup(struct pt_regs *regs)
{
	const struct ex_entry *e = find(regs->ip);

	if (!e)
		return false;
	regs->ip = entry_fixup(e);
	return true;
}

bool fault_has_fixup(const struct pt_regs *regs)
{
	return find(regs->ip) != NULL;
}
