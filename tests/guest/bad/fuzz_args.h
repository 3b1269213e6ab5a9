/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_args.h - one argument of one call: by the kind that table.def gives it, by its name where the name says more.
 */
#pragma once
#include "call_list.h"
#include "fuzz_values.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>

static const unsigned int fuzz_ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, TCGETA, TCSETA, TCSBRK, TCXONC, TCFLSH, TIOCEXCL, TIOCNXCL, TIOCSCTTY, TIOCGPGRP, TIOCSPGRP,
	TIOCOUTQ, TIOCSTI, TIOCGWINSZ, TIOCSWINSZ, TIOCMGET, FIONREAD, TIOCPKT, FIONBIO, TIOCNOTTY, TIOCSETD, TIOCGETD, TCSBRKP,
	TIOCGSID, TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER, TIOCGPKT, TIOCGPTLCK, TIOCGEXCL, FIONCLEX, FIOCLEX, FIOASYNC, FIOQSIZE, TIOCLINUX,
	FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, FS_IOC_FSGETXATTR, FICLONE, FICLONERANGE, FIDEDUPERANGE, FIBMAP, FIGETBSZ, FIFREEZE, FITHAW,
	FS_IOC_FIEMAP, NS_GET_USERNS, NS_GET_PARENT, NS_GET_NSTYPE, NS_GET_OWNER_UID, SIOCINQ, SIOCOUTQ, SIOCATMARK, SIOCGSTAMP_OLD,
	SIOCGPGRP, SIOCSPGRP, FIOGETOWN, FIOSETOWN, 0x5200, 0x5201, 0x5203, /* RND* */ 0x40186601, 0xc0186e01,
};

static uint64_t fuzz_mode(struct fuzz *f)
{
	static const uint32_t types[] = { 0, S_IFREG, S_IFDIR, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK, S_IFLNK };

	return FUZZ_PICK(f, types) | fuzz_below(f, 010000);
}

static uint64_t fuzz_flags(struct fuzz *f)
{
	uint64_t flags = 0;

	if (fuzz_below(f, 2))
		return 0;
	for (uint64_t n = fuzz_below(f, 4); n; n--)
		flags |= 1ull << fuzz_below(f, fuzz_below(f, 8) ? 24 : 64);
	return flags;
}

static uint64_t fuzz_pid(struct fuzz *f)
{
	static const long odd[] = { 0, -1, -2, 1, 2, 3, 99999, 0x7fffffff, (int)0x80000000 };

	return fuzz_below(f, 3) ? (uint64_t)FUZZ_PICK(f, f->pids) : (uint64_t)FUZZ_PICK(f, odd);
}

static int fuzz_is(const char *name, const char *words)
{
	size_t len = strlen(name);

	for (const char *at = words; (at = strstr(at, name)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return 1;
	return 0;
}

/* What the name of a number says. -1: nothing. */
static int64_t fuzz_by_name(struct fuzz *f, const struct call_row *row, const char *name)
{
	if (!strcmp(name, "cmd") && !strcmp(row->name, "ioctl"))
		return FUZZ_PICK(f, fuzz_ioctls);
	if (fuzz_is(name, "addr old_addr new_addr arg"))
		return (int64_t)(fuzz_below(f, 3) ? fuzz_pointer(f) : fuzz_address(f) & ~(FUZZ_PAGE - 1));
	if (fuzz_is(name, "flags aux attr_flags"))
		return (int64_t)fuzz_flags(f);
	if (fuzz_is(name, "prot whence how which op option advice cmd type what idtype policy resource clockid behavior level optname nstype"))
		return (int64_t)(fuzz_below(f, 12) ? fuzz_below(f, 68) : fuzz_number(f));
	if (fuzz_is(name, "sig"))
		return (int64_t)(fuzz_below(f, 8) ? fuzz_below(f, 67) : fuzz_number(f));
	if (fuzz_is(name, "family"))
		return fuzz_below(f, 6) ? AF_UNIX : (int64_t)fuzz_below(f, 50);
	if (fuzz_is(name, "sigsetsize sizemask"))
		return fuzz_below(f, 8) ? 8 : (int64_t)fuzz_number(f);
	if (fuzz_is(name, "timeout_ms seconds"))
		return fuzz_below(f, 8) ? (int64_t)fuzz_below(f, 3) : (int64_t)fuzz_number(f);
	if (fuzz_is(name, "vlen nr_segs liovcnt riovcnt nfds nr maxevents backlog"))
		return (int64_t)(fuzz_below(f, 8) ? fuzz_below(f, 6) : fuzz_number(f));
	if (fuzz_is(name, "addrlen optlen"))
		return (int64_t)(fuzz_below(f, 8) ? fuzz_below(f, 120) : fuzz_number(f));
	return -1;
}

static uint64_t fuzz_str(struct fuzz *f, const struct call_row *row, const char *name)
{
	if (!strcmp(name, "name") && strstr(row->name, "xattr"))
		return FUZZ_STRING(f, fuzz_xattrs);
	if (fuzz_is(name, "fstype fsname"))
		return FUZZ_STRING(f, fuzz_types);
	if (fuzz_is(name, "key"))
		return FUZZ_STRING(f, fuzz_keys);
	return FUZZ_STRING(f, fuzz_paths);
}

/* Pairs that must fit before anything interesting happens. */
static int fuzz_special(struct fuzz *f, const struct call_row *row, const char *name, uint64_t *value)
{
	if (fuzz_is(name, "dfd olddfd newdfd from_dfd to_dfd") && fuzz_below(f, 2))
		*value = (uint64_t)AT_FDCWD;
	else if (fuzz_is(name, "timerid") && strcmp(row->name, "timer_create"))
		*value = fuzz_below(f, 4);
	else if (fuzz_is(name, "epfd") && fuzz_below(f, 4))
		*value = 25 + fuzz_below(f, 3); /* where open_everything() puts it, or beside */
	else if (fuzz_is(name, "data") && !strcmp(row->name, "mount"))
		*value = FUZZ_STRING(f, fuzz_options);
	else if (fuzz_is(name, "pkey") && fuzz_below(f, 2))
		*value = (uint64_t)-1 + fuzz_below(f, 3);
	else if (fuzz_is(name, "options") && fuzz_below(f, 2))
		*value = 1 | 4 * fuzz_below(f, 2); /* WNOHANG, WEXITED */
	else
		return 0;
	return 1;
}

static uint64_t fuzz_arg(struct fuzz *f, const struct call_row *row, int i)
{
	const struct call_arg *arg = &row->args[i];
	int64_t named;

	uint64_t value;

	if (!fuzz_below(f, 40))
		return fuzz_number(f);
	if (fuzz_special(f, row, arg->name, &value))
		return value;
	switch (arg->kind) {
	case ARG_FD:
		return (uint64_t)(int64_t)fuzz_fd(f);
	case ARG_IN:
	case ARG_OUT:
	case ARG_INOUT:
		return fuzz_pointer(f);
	case ARG_STR:
		return fuzz_str(f, row, arg->name);
	case ARG_PID:
		return fuzz_pid(f);
	case ARG_MODE:
		return fuzz_mode(f);
	default:
		named = fuzz_by_name(f, row, arg->name);
		if (named != -1)
			return (uint64_t)named;
		return arg->kind == ARG_SIZE ? fuzz_size(f) : fuzz_number(f);
	}
}
