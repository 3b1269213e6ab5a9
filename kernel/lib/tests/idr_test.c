/* SPDX-License-Identifier: GPL-2.0-only */
/* idr_test.c - proves idr and ida: lowest free id, circular order, ranges, errors. */
#include "unit_test.h"
#include <lib/idr.h>

TEST(ids_are_the_lowest_free_ones)
{
	struct idr idr;
	int x;

	idr_init(&idr);
	for (int i = 0; i < 200; i++)
		CHECK_EQ(idr_alloc(&idr, &x, 0, 0, 0), i);
	CHECK(idr_remove(&idr, 77) == &x);
	CHECK(!idr_find(&idr, 77));
	CHECK_EQ(idr_alloc(&idr, &x, 0, 0, 0), 77);
	CHECK_EQ(idr_alloc(&idr, &x, 1000, 1002, 0), 1000);
	CHECK_EQ(idr_alloc(&idr, &x, 1000, 1002, 0), 1001);
	CHECK_EQ(idr_alloc(&idr, &x, 1000, 1002, 0), -ENOSPC);
	idr_destroy(&idr);
	CHECK_EQ(unit_live_nodes, 0);
}

TEST(cyclic_ids_are_not_reused_until_the_circle_closes)
{
	struct idr idr;
	int x;

	idr_init(&idr);
	for (int i = 1; i <= 5; i++)
		CHECK_EQ(idr_alloc_cyclic(&idr, &x, 1, 8, 0), i);
	idr_remove(&idr, 2);
	CHECK_EQ(idr_alloc_cyclic(&idr, &x, 1, 8, 0), 6);
	CHECK_EQ(idr_alloc_cyclic(&idr, &x, 1, 8, 0), 7);
	CHECK_EQ(idr_alloc_cyclic(&idr, &x, 1, 8, 0), 2);
	CHECK_EQ(idr_alloc_cyclic(&idr, &x, 1, 8, 0), -ENOSPC);
	idr_destroy(&idr);
}

TEST(impossible_requests_are_refused)
{
	struct idr idr;
	int x;

	idr_init(&idr);
	CHECK_EQ(idr_alloc(&idr, NULL, 0, 0, 0), -EINVAL);
	CHECK_EQ(idr_alloc(&idr, &x, -1, 0, 0), -EINVAL);
	CHECK_EQ(idr_alloc(&idr, &x, 5, 5, 0), -EINVAL);
	CHECK_EQ(PTR_ERR(idr_replace(&idr, &x, 3)), -ENOENT);
	unit_fail_alloc_at = 1;
	CHECK_EQ(idr_alloc(&idr, &x, 70, 0, 0), -ENOMEM);
	CHECK(idr_is_empty(&idr));
}

TEST(replace_and_walk)
{
	struct idr idr;
	unsigned long id;
	int x, y, nr = 0;
	void *entry;

	idr_init(&idr);
	CHECK_EQ(idr_alloc(&idr, &x, 10, 0, 0), 10);
	CHECK_EQ(idr_alloc(&idr, &x, 500, 0, 0), 500);
	CHECK(idr_replace(&idr, &y, 500) == &x);
	id = 11;
	CHECK(idr_get_next(&idr, &id) == &y);
	CHECK_EQ(id, 500);
	idr_for_each_entry(&idr, entry, id)
		nr++;
	CHECK_EQ(nr, 2);
	idr_destroy(&idr);
}

TEST(ida_gives_and_takes_numbers)
{
	struct ida ida;

	ida_init(&ida);
	CHECK_EQ(ida_alloc(&ida, 0), 0);
	CHECK_EQ(ida_alloc(&ida, 0), 1);
	CHECK_EQ(ida_alloc_min(&ida, 5, 0), 5);
	ida_free(&ida, 0);
	CHECK_EQ(ida_alloc_max(&ida, 1, 0), 0);
	CHECK_EQ(ida_alloc_max(&ida, 1, 0), -ENOSPC);
	CHECK_EQ(ida_alloc_range(&ida, 3, 2, 0), -ENOSPC);
	ida_destroy(&ida);
	CHECK_EQ(unit_live_nodes, 0);
}
