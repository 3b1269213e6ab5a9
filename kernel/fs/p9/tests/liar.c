/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * liar.c - answers of a share that lie, for tests: p9_lie=TAG:SEED:RATE on the kernel's command line.
 *
 * WHAT        Of the answers that come for the share with mount tag TAG, one in RATE is damaged before the client looks at it: tag, type,
 *             length, counts, error numbers, qids, attributes, directory entries. The server stays honest and QEMU has no hook for
 *             this, so what is tried is all that the client does with what it is told (tests/host/command_test.py). Off, it costs a
 *             comparison for each answer.
 * LOCKING     session->lock: the state of the numbers.
 */
#include <arch/bootinfo.h>
#include <lib/cmdline.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <pages/page_alloc.h>
#include "../p9_impl.h"

/* So that a mount that failed by a lie does not hear the same one again. */
static struct {
	atomic_t nr_sessions;
} liar;

enum lie {
	LIE_TAG, LIE_TYPE, LIE_SIZE, LIE_SHORT, LIE_LONG, LIE_COUNT, LIE_ERROR, LIE_ERROR_BEYOND, LIE_DEVICE, LIE_BYTE, LIE_ZEROS, LIE_ONES,
	LIE_QID, LIE_PAYLOAD, LIE_SLASHES, LIE_LOOP, NR_LIES,
};

static u32 next_number(struct p9_session *session)
{
	unsigned long flags;
	u64 x;

	spin_lock_irqsave(&session->lock, flags);
	x = session->lie_state = session->lie_state * 6364136223846793005ull + 1442695040888963407ull;
	spin_unlock_irqrestore(&session->lock, flags);
	return x >> 33;
}

static void put(u8 *at, u64 v, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		at[i] = v >> (8 * i);
}

/* The payload's first piece and its length, or NULL. */
static u8 *payload(const struct p9_request *request, u32 *len)
{
	if (!request->nr_in || request->rx_len <= request->rx_room)
		return NULL;
	*len = min(request->in[0].len, request->rx_len - request->rx_room);
	return (u8 *)page_address(request->in[0].page) + request->in[0].offset;
}

static void lie_in_payload(enum lie lie, u8 *at, u32 len, u32 number)
{
	switch (lie) {
	case LIE_SLASHES:
		for (u32 i = 0; i < len; i++)
			if (at[i] == '.' || at[i] == 'f')
				at[i] = '/';
		return;
	case LIE_LOOP: /* the first entry's offset: the beginning again, or one of its own */
		if (len >= 21)
			put(at + 13, number & 1 ? 0 : number, 8);
		return;
	default:
		at[number % len] ^= 1 << (number >> 20) % 8;
	}
}

static void lie_in_body(enum lie lie, u8 *rx, u32 len, u32 number)
{
	switch (lie) {
	case LIE_COUNT:
		put(rx + 7, number & 1 ? 0xffffffff : number, len >= 11 ? 4 : 0);
		return;
	case LIE_ERROR:
	case LIE_ERROR_BEYOND:
		rx[4] = P9_RLERROR;
		put(rx + 7, lie == LIE_ERROR ? number % 600 : number << 8 | 0x80000000, len >= 11 ? 4 : 0);
		return;
	case LIE_ZEROS:
	case LIE_ONES:
		memset(rx + 7, lie == LIE_ONES ? 0xff : 0, len - 7);
		return;
	case LIE_QID:
		put(rx + 7, number * 0x9e3779b97f4a7c15ull, len >= 20 ? 8 : 0);
		return;
	default:
		if (len > 7)
			rx[7 + number % (len - 7)] ^= 1 << (number >> 20) % 8;
	}
}

static void lie_in_header(enum lie lie, struct p9_request *request, u32 number)
{
	u8 *rx = request->rx;

	switch (lie) {
	case LIE_TAG:
		put(rx + 5, number, 2);
		return;
	case LIE_TYPE:
		rx[4] = number;
		return;
	case LIE_SIZE:
		put(rx, number & 1 ? number % 32 : ~number, 4);
		return;
	case LIE_SHORT:
		request->rx_len = number % (request->rx_len + 1);
		return;
	case LIE_LONG:
		request->rx_len += number % 100000;
		return;
	default:
		request->status = -EIO;
	}
}

void p9_lie(struct p9_rpc *rpc)
{
	struct p9_request *request = &rpc->request;
	u32 number = next_number(rpc->session), have = min(request->rx_len, request->rx_room), len;
	enum lie lie = (number >> 8) % NR_LIES;
	u8 *at;

	if (number % rpc->session->lie_rate || have < 7 || request->status)
		return;
	number = next_number(rpc->session);
	if (lie <= LIE_LONG || lie == LIE_DEVICE)
		lie_in_header(lie, request, number);
	else if (lie < LIE_PAYLOAD)
		lie_in_body(lie, request->rx, have, number);
	else if ((at = payload(request, &len)))
		lie_in_payload(lie, at, len, number);
}

/* Cut @text at the next colon. Returns what is behind it, or NULL. */
static char *cut(char *text)
{
	char *colon = strchr(text, ':');

	if (!colon)
		return NULL;
	*colon = 0;
	return colon + 1;
}

void p9_lie_init(struct p9_session *session)
{
	char word[P9_TAG_MAX + 32], *seed, *rate;

	if (cmdline_find(boot_info.cmdline, "p9_lie", word, sizeof(word)) <= 0)
		return;
	seed = cut(word);
	rate = seed ? cut(seed) : NULL;
	if (!rate || strcmp(word, session->transport->tag) || kstrtou64(seed, 10, &session->lie_state) ||
	    kstrtou32(rate, 10, &session->lie_rate))
		session->lie_rate = 0;
	session->lie_state += atomic_inc_return(&liar.nr_sessions) * 1000003u;
}
