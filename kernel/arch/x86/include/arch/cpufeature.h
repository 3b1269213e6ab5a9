/* SPDX-License-Identifier: GPL-2.0-only */
/* cpufeature.h - CPUID feature bits: the words read at boot, and a name for each bit that we ask about. */
#ifndef ARCH_CPUFEATURE_H
#define ARCH_CPUFEATURE_H

#ifndef __ASSEMBLY__
#include <lib/types.h>
#endif

/* Words of cpu_features[]. */
#define CPUID_1_ECX 0
#define CPUID_1_EDX 1
#define CPUID_7_EBX 2
#define CPUID_7_ECX 3
#define CPUID_7_EDX 4
#define CPUID_D1_EAX 5
#define CPUID_80000001_ECX 6
#define CPUID_80000001_EDX 7
#define CPUID_80000007_EDX 8
#define CPUID_6_EAX 9
#define CPUID_OURS 10
#define NR_CPUID_WORDS 11

#define FEATURE(word, bit) ((word) * 32 + (bit))
#define FEATURE_SSE3 FEATURE(CPUID_1_ECX, 0)
#define FEATURE_MONITOR FEATURE(CPUID_1_ECX, 3)
#define FEATURE_PCID FEATURE(CPUID_1_ECX, 17)
#define FEATURE_X2APIC FEATURE(CPUID_1_ECX, 21)
#define FEATURE_TSC_DEADLINE FEATURE(CPUID_1_ECX, 24)
#define FEATURE_XSAVE FEATURE(CPUID_1_ECX, 26)
#define FEATURE_AVX FEATURE(CPUID_1_ECX, 28)
#define FEATURE_RDRAND FEATURE(CPUID_1_ECX, 30)
#define FEATURE_HYPERVISOR FEATURE(CPUID_1_ECX, 31)
#define FEATURE_PSE FEATURE(CPUID_1_EDX, 3)
#define FEATURE_PGE FEATURE(CPUID_1_EDX, 13)
#define FEATURE_PAT FEATURE(CPUID_1_EDX, 16)
#define FEATURE_FXSR FEATURE(CPUID_1_EDX, 24)
#define FEATURE_FSGSBASE FEATURE(CPUID_7_EBX, 0)
#define FEATURE_SMEP FEATURE(CPUID_7_EBX, 7)
#define FEATURE_ERMS FEATURE(CPUID_7_EBX, 9)
#define FEATURE_INVPCID FEATURE(CPUID_7_EBX, 10)
#define FEATURE_RDSEED FEATURE(CPUID_7_EBX, 18)
#define FEATURE_SMAP FEATURE(CPUID_7_EBX, 20)
#define FEATURE_UMIP FEATURE(CPUID_7_ECX, 2)
#define FEATURE_PKU FEATURE(CPUID_7_ECX, 3)
#define FEATURE_OSPKE FEATURE(CPUID_7_ECX, 4) /* protection keys are in use: cpu_detect() decides */
#define FEATURE_LA57 FEATURE(CPUID_7_ECX, 16)
#define FEATURE_FSRM FEATURE(CPUID_7_EDX, 4)
#define FEATURE_XSAVEOPT FEATURE(CPUID_D1_EAX, 0)
#define FEATURE_XSAVEC FEATURE(CPUID_D1_EAX, 1)
#define FEATURE_XSAVES FEATURE(CPUID_D1_EAX, 3)
#define FEATURE_SYSCALL FEATURE(CPUID_80000001_EDX, 11)
#define FEATURE_NX FEATURE(CPUID_80000001_EDX, 20)
#define FEATURE_PDPE1GB FEATURE(CPUID_80000001_EDX, 26)
#define FEATURE_RDTSCP FEATURE(CPUID_80000001_EDX, 27)
#define FEATURE_SVM FEATURE(CPUID_80000001_ECX, 2)
#define FEATURE_INVARIANT_TSC FEATURE(CPUID_80000007_EDX, 8)
#define FEATURE_ARAT FEATURE(CPUID_6_EAX, 2)
/* Decided by us. */
#define FEATURE_ALWAYS FEATURE(CPUID_OURS, 0)
#define FEATURE_MITIGATIONS FEATURE(CPUID_OURS, 1)

#ifndef __ASSEMBLY__
extern u32 cpu_features[NR_CPUID_WORDS];

/* What all CPUs have and we did not switch off. */
static inline bool cpu_has(unsigned int feature)
{
	return (cpu_features[feature / 32] >> (feature % 32)) & 1;
}

static inline void cpu_clear_feature(unsigned int feature)
{
	cpu_features[feature / 32] &= ~(1u << (feature % 32));
}

static inline void cpuid(u32 leaf, u32 sub, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "0"(leaf), "2"(sub));
}
#endif

#endif
