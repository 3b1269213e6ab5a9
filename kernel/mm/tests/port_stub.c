/* SPDX-License-Identifier: GPL-2.0-only */
/* temporary */
#include <mm/mm_port.h>
unsigned long __weak process_rlimit(unsigned int which) { return ~0UL; }
unsigned long __weak process_personality(void) { return 0; }
u64 __weak process_random_u64(void) { return 0x1234567; }
