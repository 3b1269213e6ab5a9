/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_tables.c - what a new program finds at its stack pointer (psABI, section 3.4.1):
 *
 * WHAT        Strings are on the new stack already; here the vector of pointers below them is written, in one pass,
 *             into the new image:
 *
 *	sp ->	argc
 *		argv[0] ... argv[argc-1], 0
 *		envp[0] ... , 0
 *		auxiliary vector, ending with AT_NULL
 *		(space) 16 random bytes, "x86_64"
 *		argument strings, environment strings, file name	<- arg_start ... env_end
 *
 * INVARIANTS  T1  The stack pointer is a multiple of 16.
 *             T2  mm->saved_auxv is what the stack holds, for /proc/PID/auxv.
 */
#include "process_impl.h"
#include <arch/cpufeature.h>
#include <arch/fpu.h>
#include <crypto/random.h>
#include <lib/uabi_signal.h>
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <mm/mm.h>
#include <process/exec.h>
#include "exec_impl.h"
#include "elf_impl.h"

#define PLATFORM	"x86_64"
#define HWCAP2_FSGSBASE 2
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

struct auxv {
	u64 *at, *end;
};

static void aux_add(struct auxv *aux, u64 type, u64 value)
{
	KASSERT(aux->at + 2 <= aux->end);
	*aux->at++ = type;
	*aux->at++ = value;
}

/* The biggest frame a signal can need: registers, vector state, red zone and alignment. */
static u64 max_signal_frame(void)
{
	return ALIGN(sizeof(struct rt_sigframe) + fpu_user_frame_size + 64 + 128 + 16, 16);
}

static u64 phdr_address(const struct elf_load *load)
{
	return load->image->phdr_vaddr ? load->image->phdr_vaddr + load->bias : 0;
}

/* Words of the vector, without the two addresses that are not known yet. */
static size_t build_auxv(struct mm *mm, struct linux_binprm *bprm, const struct elf_load *load, u64 random,
			 u64 platform)
{
	const struct cred *cred = current_cred();
	struct user_namespace *ns = cred->user_ns;
	struct auxv aux = { (u64 *)mm->saved_auxv, (u64 *)mm->saved_auxv + MM_SAVED_AUXV_WORDS };

	memset(mm->saved_auxv, 0, sizeof(mm->saved_auxv));
	if (mm->vdso_base)
		aux_add(&aux, AT_SYSINFO_EHDR, mm->vdso_base);
	aux_add(&aux, AT_MINSIGSTKSZ, max_signal_frame());
	aux_add(&aux, AT_HWCAP, cpu_features[CPUID_1_EDX]);
	aux_add(&aux, AT_PAGESZ, PAGE_SIZE);
	aux_add(&aux, AT_CLKTCK, 100);
	aux_add(&aux, AT_PHDR, phdr_address(load));
	aux_add(&aux, AT_PHENT, sizeof(Elf64_Phdr));
	aux_add(&aux, AT_PHNUM, load->image->nr_phdrs);
	aux_add(&aux, AT_BASE, load->interp_image ? load->interp_bias : 0);
	aux_add(&aux, AT_FLAGS, 0);
	aux_add(&aux, AT_ENTRY, load->image->entry + load->bias);
	aux_add(&aux, AT_UID, from_kuid_munged(ns, cred->uid));
	aux_add(&aux, AT_EUID, from_kuid_munged(ns, cred->euid));
	aux_add(&aux, AT_GID, from_kgid_munged(ns, cred->gid));
	aux_add(&aux, AT_EGID, from_kgid_munged(ns, cred->egid));
	aux_add(&aux, AT_SECURE, bprm->is_secure);
	aux_add(&aux, AT_RANDOM, random);
	aux_add(&aux, AT_HWCAP2, cpu_has(FEATURE_FSGSBASE) ? HWCAP2_FSGSBASE : 0);
	aux_add(&aux, AT_EXECFN, bprm->exec);
	aux_add(&aux, AT_PLATFORM, platform);
	aux_add(&aux, AT_NULL, 0);
	return aux.at - (u64 *)mm->saved_auxv;
}

enum { POINTERS_AT_ONCE = 32 };

/* Store @count pointers to consecutive strings from *@string on, and a zero. *@slot moves. */
static int put_pointers(uaddr_t *slot, unsigned long *string, int count)
{
	u64 batch[POINTERS_AT_ONCE];
	int n = 0;

	for (int i = 0; i <= count; i++) {
		size_t len = 0;

		if (i < count) {
			len = strnlen_user(uaddr(*string), PAGE_SIZE * 32);
			if (!len || len > PAGE_SIZE * 32)
				return -EINVAL;
		}
		batch[n++] = i < count ? *string : 0;
		*string += len;
		if (n < POINTERS_AT_ONCE && i < count)
			continue;
		if (copy_to_user(*slot, batch, n * sizeof(u64)))
			return -EFAULT;
		*slot = uaddr_add(*slot, n * sizeof(u64));
		n = 0;
	}
	return 0;
}

static unsigned long draw_stack_offset(void)
{
	u16 random = 0;

	if (process_randomizes())
		get_random_bytes(&random, sizeof(random));
	return random % 8192;
}

int elf_create_tables(struct linux_binprm *bprm, const struct elf_load *load)
{
	struct mm *mm = current->mm;
	unsigned long p = (bprm->p - draw_stack_offset()) & ~15ul, platform, random, string = mm->arg_start;
	size_t nr_aux, words;
	uaddr_t slot;
	u8 seed[16];
	int ret;

	get_random_bytes(seed, sizeof(seed));
	p -= sizeof(PLATFORM);
	platform = p;
	p -= sizeof(seed);
	random = p;
	if (copy_to_user(uaddr(platform), PLATFORM, sizeof(PLATFORM)) ||
	    copy_to_user(uaddr(random), seed, sizeof(seed)))
		return -EFAULT;
	nr_aux = build_auxv(mm, bprm, load, random, platform);
	words = 1 + bprm->argc + 1 + bprm->envc + 1 + nr_aux;
	p = (p - words * sizeof(u64)) & ~15ul; /* T1 */
	bprm->p = p;
	slot = uaddr(p);
	if (put_user_u64(bprm->argc, slot))
		return -EFAULT;
	slot = uaddr_add(slot, 8);
	ret = put_pointers(&slot, &string, bprm->argc);
	if (ret)
		return ret;
	mm->arg_end = mm->env_start = string;
	ret = put_pointers(&slot, &string, bprm->envc);
	if (ret)
		return ret;
	mm->env_end = string;
	return copy_to_user(slot, mm->saved_auxv, nr_aux * sizeof(u64)) ? -EFAULT : 0;
}
