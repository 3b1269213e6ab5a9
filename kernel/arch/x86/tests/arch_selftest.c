/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arch_selftest.c - selftest=arch: fixups, per-CPU access, text patching, page tables, cross-calls, in the running kernel.
 */
#include <arch/atomic.h>
#include <arch/arch_selftest.h>
#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/pgtable.h>
#include <arch/preempt.h>
#include <arch/smp.h>
#include <arch/stacktrace.h>
#include <arch/text.h>
#include <arch/tlb.h>
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>

#define EXPECT(cond)                                                                    \
	do {                                                                            \
		if (!(cond)) {                                                          \
			early_printk("arch_selftest line %d: %s\n", __LINE__, #cond);   \
			return -EIO;                                                    \
		}                                                                       \
	} while (0)

DEFINE_PERCPU(u32, selftest_u32) = 5;
DEFINE_PERCPU(u64, selftest_u64);

static int test_percpu(void)
{
	preempt_disable();
	EXPECT(this_cpu_read(selftest_u32) == 5);
	this_cpu_add(selftest_u32, 3);
	EXPECT(this_cpu_read(selftest_u32) == 8);
	EXPECT(*this_cpu_ptr(&selftest_u32) == 8);
	EXPECT(per_cpu(selftest_u32, smp_processor_id()) == 8);
	this_cpu_write(selftest_u32, 5);
	EXPECT(this_cpu_cmpxchg(selftest_u64, 0, 7) == 0);
	EXPECT(this_cpu_xchg(selftest_u64, 0) == 7);
	EXPECT(this_cpu_add_return(selftest_u64, 2) == 2);
	this_cpu_write(selftest_u64, 0);
	preempt_enable();
	return 0;
}

static int test_atomics(void)
{
	atomic_t a = ATOMIC_INIT(1);
	atomic64_t b = ATOMIC64_INIT(0);
	u32 word = 4, seen = 3;

	EXPECT(atomic_inc_return(&a) == 2 && atomic_fetch_or(5, &a) == 2 && atomic_read(&a) == 7);
	EXPECT(!atomic_inc_not_zero((atomic_t *)&(atomic_t){ 0 }));
	EXPECT(atomic64_sub_return(3, &b) == -3 && atomic64_add_negative(1, &b));
	EXPECT(!try_cmpxchg(&word, &seen, 9) && seen == 4 && try_cmpxchg(&word, &seen, 9) && word == 9);
	return 0;
}

static int test_fixups(void)
{
	u64 val = 1, old;

	EXPECT(copy_from_kernel_nofault(&val, (void *)(vmalloc_base + VMALLOC_SIZE / 2), 8) == -EFAULT);
	EXPECT(copy_to_kernel_nofault((void *)image_text_start, &val, 8) == -EFAULT);
	EXPECT(copy_from_kernel_nofault(&val, image_start, 8) == 0);
	EXPECT(get_user_u64(uaddr(USER_END - 4), &val) == -EFAULT);
	EXPECT(get_user_u64_nosleep(uaddr(0x1000), &val) == -EFAULT);
	EXPECT(copy_from_user_nosleep(&val, uaddr(0x1000), 8) == 8 );
	EXPECT(user_cmpxchg64_nosleep(uaddr(0x1000), 0, 1, &old) == -EFAULT);
	EXPECT(read_msr_safe(MSR_EFER, &old) == 0 && (old & EFER_NX));
	return 0;
}

static noinline int patched_function(void)
{
	int value = 1;

	asm volatile("" : "+r"(value) : : "memory");
	return value;
}

static noinline int other_function(void)
{
	int value = 2;

	asm volatile("" : "+r"(value) : : "memory");
	return value;
}

static int test_text_poke(void)
{
	u8 jump[TEXT_CALL_SIZE], old[TEXT_CALL_SIZE];
	void *site = (void *)patched_function;
	static_assert(sizeof(jump) == 5);

	memcpy(old, site, sizeof(old));
	text_make_jump(jump, site, (void *)other_function);
	EXPECT(patched_function() == 1);
	text_poke(site, jump, sizeof(jump));
	EXPECT(patched_function() == 2);
	text_poke(site, old, sizeof(old));
	EXPECT(patched_function() == 1);
	return 0;
}

static int test_page_tables(void)
{
	unsigned long va = PATCH_WINDOW_END - 4 * PAGE_SIZE;
	phys_addr_t pa, found;
	pgprot_t prot;

	EXPECT(pgtable_count_wx() == 0);
	EXPECT(pgtable_lookup_kernel((unsigned long)image_text_start, &pa, &prot));
	EXPECT(!(pgprot_val(prot) & (_PAGE_RW | _PAGE_NX)));
	EXPECT(pgtable_lookup_kernel((unsigned long)phys_to_virt(pa), &found, &prot) && found == pa);
	EXPECT(!(pgprot_val(prot) & _PAGE_RW) && (pgprot_val(prot) & _PAGE_NX));
	EXPECT(pgtable_lookup_kernel((unsigned long)percpu_template_start, &pa, &prot));
	EXPECT(!(pgprot_val(prot) & _PAGE_RW)); /* percpu.h I1 */
	EXPECT(pgtable_lookup_kernel((unsigned long)image_bss_end - PAGE_SIZE, &pa, &prot));
	EXPECT((pgprot_val(prot) & _PAGE_RW) && (pgprot_val(prot) & _PAGE_NX));
	EXPECT(pgtable_map_kernel(va, pa, PAGE_SIZE, __pgprot(_KERNEL_BASE | _PAGE_RW)) == 0);
	EXPECT(pgtable_map_kernel(va, pa, PAGE_SIZE, PAGE_KERNEL) == -EEXIST);
	EXPECT(pgtable_count_wx() == 1);
	pgtable_unmap_kernel(va, PAGE_SIZE);
	tlb_flush_kernel(va, va + PAGE_SIZE);
	EXPECT(pgtable_count_wx() == 0);
	return 0;
}

static void count_call(void *arg)
{
	atomic_inc(arg);
}

static const struct ipi_ops count_ops = { .name = "selftest", .run = count_call };

static int test_cross_calls(void)
{
	atomic_t calls = ATOMIC_INIT(0);

	for (int i = 0; i < 100; i++)
		smp_call_all(&count_ops, &calls);
	EXPECT(atomic_read(&calls) == 100 * num_online_cpus());
	return 0;
}

static int test_unwinder(void)
{
	unsigned long trace[32];
	unsigned int n = stack_trace_save(NULL, NULL, trace, 32);

	EXPECT(n >= 3);
	for (unsigned int i = 0; i < n; i++)
		EXPECT(address_is_text(trace[i]));
	return 0;
}

static int test_fpu(void)
{
	u64 in = 0x123456789abcdef0ull, out = 0;

	fpu_begin();
	asm volatile("movq %1, %%xmm7\n\tmovq %%xmm7, %0" : "=r"(out) : "r"(in));
	fpu_end();
	EXPECT(in == out);
	return 0;
}

int arch_selftest(void)
{
	int err = test_percpu();

	err = err ? err : test_atomics();
	err = err ? err : test_fixups();
	err = err ? err : test_text_poke();
	err = err ? err : test_page_tables();
	err = err ? err : test_cross_calls();
	err = err ? err : test_unwinder();
	return err ? err : test_fpu();
}
