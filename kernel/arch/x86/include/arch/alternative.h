/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alternative.h - instructions chosen at boot by CPU feature. ALTERNATIVE(old, new, FEATURE_x) emits
 * @old padded with nops to the longer of both; where the CPU has the feature the site becomes @new.
 * @new must not be position dependent, except that it may be one direct call or jump.
 */
#ifndef ARCH_ALTERNATIVE_H
#define ARCH_ALTERNATIVE_H

#include <arch/cpufeature.h>

#ifdef __ASSEMBLY__
.macro ALTERNATIVE oldi, newi, feature
771:
	\oldi
772:
	.skip -(((774f-773f)-(772b-771b)) > 0) * ((774f-773f)-(772b-771b)), 0x90
775:
	.pushsection .altinstructions, "a"
	.long 771b - ., 773f - .
	.short \feature
	.byte 775b - 771b, 774f - 773f
	.popsection
	.pushsection .altinstr_replacement, "ax"
773:
	\newi
774:
	.popsection
.endm
#else
#include <lib/compiler.h>
#include <lib/types.h>

#define ALTERNATIVE(oldi, newi, feature)                                     \
	"771:\n\t" oldi "\n772:\n"                                           \
	".skip -(((774f-773f)-(772b-771b)) > 0) * ((774f-773f)-(772b-771b)), 0x90\n" \
	"775:\n"                                                             \
	".pushsection .altinstructions, \"a\"\n"                             \
	".long 771b - ., 773f - .\n"                                         \
	".short " __stringify(feature) "\n"                                  \
	".byte 775b - 771b, 774f - 773f\n"                                   \
	".popsection\n"                                                      \
	".pushsection .altinstr_replacement, \"ax\"\n"                       \
	"773:\n\t" newi "\n774:\n"                                           \
	".popsection\n"

struct alt_site {
	s32 site, repl; /* each relative to its own field */
	u16 feature;
	u8 len, repl_len;
};

/* Applies all of them. Once, before other CPUs and before text is read-only. */
void alternatives_apply(void);

/* A branch that is a nop or a jump, decided at boot: true when the CPU has @feature. */
static __always_inline bool cpu_has_patched(const u16 feature)
{
	asm goto(ALTERNATIVE("jmp %l[no]", "", %c[f]) : : [f] "i"(feature) : : no);
	return true;
no:
	return false;
}
#endif

#endif
