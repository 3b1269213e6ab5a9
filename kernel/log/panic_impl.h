/* SPDX-License-Identifier: GPL-2.0-only */
/* panic_impl.h - what the command line says about panics. */
#pragma once

/* panic=N: seconds until a restart, negative: at once, 0: halt. */
void panic_set_timeout(int seconds);
