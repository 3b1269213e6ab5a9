/* SPDX-License-Identifier: GPL-2.0-only */
/* apic.h - the local APIC: end of interrupt, IPIs, the one-shot timer. x2APIC where there is one. */
#ifndef ARCH_APIC_H
#define ARCH_APIC_H

#include <lib/types.h>

#define APIC_DEFAULT_PHYS 0xfee00000ul

/* Maps and enables the boot CPU's APIC; @phys from the MADT (APIC_DEFAULT_PHYS when it says nothing). */
void apic_init(phys_addr_t phys);
void apic_init_this_cpu(void);
/* The running CPU's APIC id, also before apic_init(). */
u32 apic_id_this_cpu(void);

/* The frequency of the TSC is known: measures the APIC timer against it, or uses the deadline mode. */
void apic_timer_calibrate(u64 tsc_khz);
/* This CPU's timer fires once after @delta ns: port timer_interrupt(). 0: as soon as possible. */
void clockevent_set_oneshot_ns(u64 delta);
/* No interrupt until the next setting. */
void clockevent_stop(void);
/* Longest delta that can be set. */
u64 clockevent_max_ns(void);

/* Message of an MSI: address and data for {cpu, vector}. */
void apic_msi_message(int cpu, int vector, u64 *addr, u32 *data);

#endif
