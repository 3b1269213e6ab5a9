/* SPDX-License-Identifier: GPL-2.0-only */
/* ratelimit_test.c - proves burst, silence until the interval ends, and the count of what was left out. */
#include "unit_test.h"
#include <log/ratelimit.h>

TEST(burst_then_silence)
{
	struct ratelimit rl = RATELIMIT_INIT(1000, 3);
	u32 missed;

	for (int i = 0; i < 3; i++)
		CHECK(ratelimit_decide(&rl, 10, &missed));
	for (int i = 0; i < 5; i++)
		CHECK(!ratelimit_decide(&rl, 500, &missed));
	CHECK_EQ(missed, 0);
	CHECK(ratelimit_decide(&rl, 1010, &missed));
	CHECK_EQ(missed, 5);
	CHECK(ratelimit_decide(&rl, 1011, &missed));
	CHECK_EQ(missed, 0);
}

TEST(no_interval_is_no_limit)
{
	struct ratelimit rl = RATELIMIT_INIT(0, 1);
	u32 missed;

	for (int i = 0; i < 100; i++)
		CHECK(ratelimit_decide(&rl, 1, &missed));
}
