/* SPDX-License-Identifier: GPL-2.0-only */
/* power.h - switching the machine off and starting it again. Interrupts may be in any state. */
#ifndef ARCH_POWER_H
#define ARCH_POWER_H

/* Sleep control register or PM1 with the \_S5 values; halts for ever when the machine has neither. */
__attribute__((noreturn)) void machine_power_off(void);
/* FADT reset register, port 0xcf9, keyboard controller, triple fault: what is there, in this order. */
__attribute__((noreturn)) void machine_restart(void);

#endif
