/* SPDX-License-Identifier: GPL-2.0-only */
/* list_test.c - proves list.h, hlist.h and llist.h: order, removal while walking, splicing, what RCU readers need. */
#include "unit_test.h"
#include <lib/hlist.h>
#include <lib/list.h>
#include <lib/llist.h>

struct item {
	int value;
	struct list_head link;
	struct hlist_node hash;
	struct llist_node lock_free;
};

static int list_digits(struct list_head *head)
{
	struct item *item;
	int digits = 0;

	list_for_each_entry(item, head, link)
		digits = digits * 10 + item->value;
	return digits;
}

static void fill(struct item *items, int n, struct list_head *head)
{
	INIT_LIST_HEAD(head);
	for (int i = 0; i < n; i++) {
		items[i].value = i + 1;
		list_add_tail(&items[i].link, head);
	}
}

TEST(add_is_a_stack_and_add_tail_a_queue)
{
	struct item items[3];
	LIST_HEAD(head);

	fill(items, 3, &head);
	CHECK_EQ(list_digits(&head), 123);
	list_move(&items[2].link, &head);
	CHECK_EQ(list_digits(&head), 312);
	list_move_tail(&items[2].link, &head);
	CHECK_EQ(list_digits(&head), 123);
}

TEST(entries_may_be_removed_while_walking_safely)
{
	struct item items[4], *item, *next;
	LIST_HEAD(head);

	fill(items, 4, &head);
	list_for_each_entry_safe(item, next, &head, link)
		if (item->value % 2)
			list_del(&item->link);
	CHECK_EQ(list_digits(&head), 24);
	CHECK(items[0].link.next == LIST_POISON1);
	list_for_each_entry_safe_reverse(item, next, &head, link)
		list_del_init(&item->link);
	CHECK(list_empty(&head));
	CHECK(list_empty(&items[1].link));
}

TEST(splice_joins_and_cut_divides)
{
	struct item items[5];
	LIST_HEAD(a);
	LIST_HEAD(b);
	LIST_HEAD(front);

	fill(items, 3, &a);
	fill(items + 3, 2, &b);
	list_splice_tail_init(&b, &a);
	CHECK_EQ(list_digits(&a), 12312);
	CHECK(list_empty(&b));
	list_cut_position(&front, &a, &items[1].link);
	CHECK_EQ(list_digits(&front), 12);
	CHECK_EQ(list_digits(&a), 312);
	list_splice_init(&front, &a);
	CHECK_EQ(list_digits(&a), 12312);
	list_splice(&b, &a);
	CHECK_EQ(list_digits(&a), 12312);
}

TEST(an_entry_removed_under_rcu_still_leads_on)
{
	struct item items[3];
	LIST_HEAD(head);

	fill(items, 3, &head);
	list_del_rcu(&items[1].link);
	CHECK(items[1].link.next == &items[2].link);
	CHECK_EQ(list_digits(&head), 13);
	list_replace_rcu(&items[2].link, &items[1].link);
	CHECK_EQ(list_digits(&head), 12);
	CHECK(list_first_or_null_rcu(&head, struct item, link) == &items[0]);
}

TEST(an_empty_list_has_no_first_entry)
{
	struct item item;
	LIST_HEAD(head);

	CHECK(!list_first_entry_or_null(&head, struct item, link));
	list_add(&item.link, &head);
	CHECK(list_is_singular(&head));
	CHECK(list_is_first(&item.link, &head) && list_is_last(&item.link, &head));
}

TEST(hash_chains_forget_a_removed_entry)
{
	struct item items[3], *item;
	struct hlist_node *next;
	HLIST_HEAD(head);
	int digits = 0;

	for (int i = 0; i < 3; i++) {
		items[i].value = i + 1;
		hlist_add_head_rcu(&items[i].hash, &head);
	}
	hlist_del_init(&items[1].hash);
	CHECK(hlist_unhashed(&items[1].hash));
	hlist_del_init(&items[1].hash);
	hlist_add_behind(&items[1].hash, &items[0].hash);
	hlist_for_each_entry(item, &head, hash)
		digits = digits * 10 + item->value;
	CHECK_EQ(digits, 312);
	hlist_for_each_entry_safe(item, next, &head, hash)
		hlist_del_rcu(&item->hash);
	CHECK(hlist_empty(&head));
	CHECK(items[2].hash.next == &items[0].hash);
}

TEST(hash_add_before_keeps_order)
{
	struct item items[2], *item;
	HLIST_HEAD(head);
	int digits = 0;

	items[0].value = 1;
	items[1].value = 2;
	hlist_add_head(&items[0].hash, &head);
	hlist_add_before(&items[1].hash, &items[0].hash);
	hlist_for_each_entry_rcu(item, &head, hash)
		digits = digits * 10 + item->value;
	CHECK_EQ(digits, 21);
}

TEST(a_lockless_list_gives_all_in_reverse_and_says_who_was_first)
{
	struct item items[3], *item;
	LLIST_HEAD(head);
	int digits = 0;

	for (int i = 0; i < 3; i++) {
		items[i].value = i + 1;
		CHECK_EQ(llist_add(&items[i].lock_free, &head), i == 0);
	}
	CHECK(llist_del_first(&head) == &items[2].lock_free);
	llist_add(&items[2].lock_free, &head);
	llist_for_each_entry(item, llist_reverse_order(llist_del_all(&head)), lock_free)
		digits = digits * 10 + item->value;
	CHECK_EQ(digits, 123);
	CHECK(llist_empty(&head));
	CHECK(!llist_del_first(&head));
}
