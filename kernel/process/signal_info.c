/* SPDX-License-Identifier: GPL-2.0-only */
/* signal_info.c - siginfo between the kernel's 48 bytes and the wire's 128. */
#include "process_impl.h"

ASSERT_SIZE(struct ksiginfo, 48);

void siginfo_to_user_form(siginfo_t *to, const struct ksiginfo *from)
{
	memset(to, 0, sizeof(*to));
	memcpy(to, from, sizeof(*from));
}

int copy_siginfo_to_user(uaddr_t to, const struct ksiginfo *from)
{
	siginfo_t info;

	siginfo_to_user_form(&info, from);
	return put_user_obj(&info, to);
}

int copy_siginfo_from_user(struct ksiginfo *to, uaddr_t from)
{
	u8 rest[sizeof(siginfo_t) - sizeof(*to)];

	if (get_user_obj(to, from))
		return -EFAULT;
	/* What we don't keep must be empty when the program claims a layout that we know. */
	if (copy_from_user(rest, uaddr_add(from, sizeof(*to)), sizeof(rest)))
		return -EFAULT;
	if (to->si_code < 0 || to->si_code == SI_USER)
		return memchr_inv(rest, 0, sizeof(rest)) && to->si_code != SI_QUEUE && to->si_code >= SI_TKILL ? -E2BIG : 0;
	return 0;
}
