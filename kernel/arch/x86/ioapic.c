/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioapic.c - wires to vectors: each I/O APIC serves the GSIs from gsi_base on, one 64-bit entry a line.
 *
 * WHAT        gsi_request() gets a vector, then opens the line to it; gsi_free() closes the line first. ISA numbers become GSIs
 *             by the firmware's overrides.
 * INVARIANTS  I1  A line without a user is masked.
 *             I2  An entry's low word is written last when opening and first when closing.
 * LOCKING     ioapics.lock: index and data register are two accesses. Interrupts off; a leaf.
 * ERRORS      gsi_request says; nothing else fails.
 */
#include <arch/acpi.h>
#include <arch/apic.h>
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/io.h>
#include <arch/ioapic.h>
#include <arch/irqflags.h>
#include <lib/errno.h>

#define IOAPIC_USUAL_PHYS 0xfec00000ul
#define IOAPIC_SELECT	  0x00
#define IOAPIC_WINDOW	  0x10
#define IOAPIC_VERSION	  1
#define IOAPIC_ENTRY(n)	  (0x10 + 2 * (n))
#define ENTRY_MASKED	  (1u << 16)
#define ENTRY_LEVEL	  (1u << 15)
#define ENTRY_LOW	  (1u << 13)

struct ioapic {
	volatile void *base;
	u32 gsi_base;
	u32 nr_lines;
	u64 used[4]; /* lines with a user */
};

static struct {
	u32 lock; /* a plain word: locks with ranks belong to a higher folder */
	u32 nr;
	struct ioapic apic[ACPI_MAX_IOAPICS];
} ioapics;

static unsigned long ioapic_lock(void)
{
	unsigned long flags;

	local_irq_save(flags);
	while (__atomic_exchange_n(&ioapics.lock, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
	return flags;
}

static void ioapic_unlock(unsigned long flags)
{
	__atomic_store_n(&ioapics.lock, 0, __ATOMIC_RELEASE);
	local_irq_restore(flags);
}

static u32 reg_read(struct ioapic *apic, u32 reg)
{
	writel(reg, apic->base + IOAPIC_SELECT);
	return readl(apic->base + IOAPIC_WINDOW);
}

static void reg_write(struct ioapic *apic, u32 reg, u32 value)
{
	writel(reg, apic->base + IOAPIC_SELECT);
	writel(value, apic->base + IOAPIC_WINDOW);
}

static void ioapic_add(phys_addr_t phys, u32 gsi_base)
{
	struct ioapic *apic = &ioapics.apic[ioapics.nr];

	apic->base = ioremap_early(phys, 0x20);
	if (!apic->base)
		return;
	apic->gsi_base = gsi_base;
	apic->nr_lines = ((reg_read(apic, IOAPIC_VERSION) >> 16) & 0xff) + 1;
	if (apic->nr_lines > 240) { /* nobody there: all ones */
		early_printk("ioapic: none at %#llx\n", phys);
		return;
	}
	for (u32 n = 0; n < apic->nr_lines; n++)
		reg_write(apic, IOAPIC_ENTRY(n), ENTRY_MASKED); /* I1 */
	ioapics.nr++;
}

void ioapic_init(void)
{
	for (u32 i = 0; i < acpi_info.nr_ioapics; i++)
		ioapic_add(acpi_info.ioapic[i].phys, acpi_info.ioapic[i].gsi_base);
	if (!acpi_info.nr_ioapics)
		ioapic_add(IOAPIC_USUAL_PHYS, 0);
}

static struct ioapic *ioapic_of(u32 gsi)
{
	for (u32 i = 0; i < ioapics.nr; i++)
		if (gsi >= ioapics.apic[i].gsi_base && gsi - ioapics.apic[i].gsi_base < ioapics.apic[i].nr_lines)
			return &ioapics.apic[i];
	return NULL;
}

/* An ISA interrupt number becomes a GSI, with the polarity and trigger that the firmware says. */
static u32 isa_to_gsi(u32 isa, u32 *flags)
{
	for (u32 i = 0; i < acpi_info.nr_overrides; i++) {
		const struct acpi_override *o = &acpi_info.override[i];

		if (o->isa_irq != isa)
			continue;
		*flags = ((o->flags & 3) == 3 ? GSI_ACTIVE_LOW : 0) |
			 ((o->flags >> 2 & 3) == 3 ? GSI_LEVEL : GSI_EDGE);
		return o->gsi;
	}
	*flags = GSI_EDGE;
	return isa;
}

static void line_open(struct ioapic *apic, u32 n, u32 flags, struct irq_vector vector)
{
	u32 low = (u32)vector.vector;

	if (flags & GSI_LEVEL)
		low |= ENTRY_LEVEL;
	if (flags & GSI_ACTIVE_LOW)
		low |= ENTRY_LOW;
	reg_write(apic, IOAPIC_ENTRY(n) + 1, cpu_apic_id(vector.cpu) << 24);
	reg_write(apic, IOAPIC_ENTRY(n), low); /* I2 */
}

/* Reserve the line. False: somebody has it. */
static bool line_take(struct ioapic *apic, u32 n)
{
	unsigned long flags = ioapic_lock();
	bool is_free = !(apic->used[n / 64] >> (n % 64) & 1);

	apic->used[n / 64] |= 1ull << (n % 64);
	ioapic_unlock(flags);
	return is_free;
}

static void line_give(struct ioapic *apic, u32 n)
{
	unsigned long flags = ioapic_lock();

	apic->used[n / 64] &= ~(1ull << (n % 64));
	ioapic_unlock(flags);
}

int gsi_request(u32 gsi, u32 flags, const struct irq_ops *ops, void *ctx, cpumask_t mask,
		struct gsi_line *line)
{
	struct ioapic *apic;
	unsigned long irq;
	int err;

	if (flags & GSI_ISA)
		gsi = isa_to_gsi(gsi, &flags);
	apic = ioapic_of(gsi);
	if (!apic)
		return -ENODEV;
	if (!line_take(apic, gsi - apic->gsi_base))
		return -EBUSY;
	err = irq_vector_alloc(ops, ctx, mask, &line->vector);
	if (err) {
		line_give(apic, gsi - apic->gsi_base);
		return err;
	}
	line->gsi = gsi;
	irq = ioapic_lock();
	line_open(apic, gsi - apic->gsi_base, flags, line->vector);
	ioapic_unlock(irq);
	return 0;
}

void gsi_free(struct gsi_line *line)
{
	struct ioapic *apic = ioapic_of(line->gsi);
	unsigned long irq = ioapic_lock();

	reg_write(apic, IOAPIC_ENTRY(line->gsi - apic->gsi_base), ENTRY_MASKED); /* I1, I2 */
	ioapic_unlock(irq);
	irq_vector_free(line->vector);
	line_give(apic, line->gsi - apic->gsi_base);
}
