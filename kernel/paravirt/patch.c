/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * patch.c - call sites become what the back end wants.
 *
 * WHAT        A site is an indirect call (or jump) of 6 bytes. In this order: the operation's instructions
 *             themselves if they fit (the first one is stretched by prefixes that mean nothing in 64-bit
 *             mode, so that a site costs no extra nop); else a direct call, stretched the same way.
 * INVARIANTS  I1  One CPU runs, text is writable, nobody is inside a site.
 *             I2  An empty operation becomes one 6-byte nop.
 * TESTS       tests/guest/paravirt: pv=nopatch and pv=trace boot, and the counts of pv_patch_stats.
 */
#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/text.h>
#include <lib/cmdline.h>
#include <lib/string.h>
#include "paravirt_impl.h"

#define SITE_SIZE 6
/* CS segment override: ignored in 64-bit mode. */
#define PREFIX 0x2e

const struct pv_backend *pv_backend = &pv_native_backend;
struct pv_patch_stats pv_patch_stats;

static const struct pv_backend *const backends[] = {
	&pv_native_backend, /* last: takes anything */
};

/* @code of @len bytes, stretched to SITE_SIZE. A lock or operand prefix may stand behind ours. */
static void make_inline(u8 *out, const u8 *code, size_t len)
{
	size_t pad = SITE_SIZE - len;

	memset(out, PREFIX, pad);
	memcpy(out + pad, code, len);
}

static void make_direct(u8 *out, u8 *site, const void *target, bool is_jump)
{
	u8 insn[TEXT_CALL_SIZE];

	if (is_jump)
		text_make_jump(insn, site + 1, target);
	else
		text_make_call(insn, site + 1, target);
	make_inline(out, insn, TEXT_CALL_SIZE);
}

static void patch_site(const struct pv_site *s, const struct pv_backend *backend, bool direct_only)
{
	const void *target = ((const void *const *)&pv_ops)[s->op];
	u8 *site = (u8 *)&s->site + s->site;
	u8 code[SITE_SIZE];
	const u8 *start, *end;

	pv_patch_stats.nr_sites++;
	if (direct_only || !backend->inline_code(s->op, &start, &end) || end - start > SITE_SIZE) {
		make_direct(code, site, target, s->flags & PV_SITE_JUMP);
		pv_patch_stats.nr_call++;
	} else if (start == end) {
		text_make_nops(code, SITE_SIZE);
		pv_patch_stats.nr_nop++;
	} else {
		make_inline(code, start, end - start);
		pv_patch_stats.nr_inline++;
	}
	text_poke_early(site, code, SITE_SIZE);
}

void pv_patch_all(const struct pv_backend *backend, bool direct_only)
{
	for (const struct pv_site *s = pv_sites_start; s < pv_sites_end; s++)
		patch_site(s, backend, direct_only);
}

void pv_init(const char *cmdline)
{
	char mode[16] = "";
	unsigned int i = 0;

	while (!backends[i]->detect())
		i++;
	pv_backend = backends[i];
	pv_backend->init(&pv_ops);
	if (cmdline_find(cmdline, "pv", mode, sizeof(mode)) < 0)
		mode[0] = 0;
	if (!strcmp(mode, "nopatch")) {
		pv_patch_stats.nr_indirect = pv_sites_end - pv_sites_start;
		return;
	}
	if (!strcmp(mode, "trace"))
		pv_trace_start();
	pv_patch_all(pv_backend, pv_trace_enabled());
}
