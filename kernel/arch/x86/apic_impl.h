/* SPDX-License-Identifier: GPL-2.0-only */
/* apic_impl.h - the parts of the local APIC that irq.c and smp.c need. */
#ifndef ARCH_APIC_IMPL_H
#define ARCH_APIC_IMPL_H

#include <lib/types.h>

/* End of interrupt, for the vector in service. */
void apic_eoi(void);
/* INIT and start-up messages, by APIC id. */
void apic_send_init(u32 apic_id);
void apic_send_startup(u32 apic_id, u8 page);
void apic_send_nmi_all_others(void);

#endif
