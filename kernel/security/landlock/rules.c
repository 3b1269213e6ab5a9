/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.c - rules, found by their object.
 *
 * WHAT        A tree ordered by the object's address. In a ruleset a rule has one grant; in a domain one for each layer that has a rule
 *             about the same object.
 * INVARIANTS  R1  No two rules of a tree are about the same object.
 *             R2  Grants stand in the order of their layers, one for each layer.
 * LOCKING     The owner's: a ruleset's lock; a domain's rules never change once it is published.
 * ERRORS      -ENOMEM; -E2BIG: more rules than a number holds.
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <pages/slab.h>
#include "landlock_impl.h"

struct landlock_rule *landlock_rules_find(const struct landlock_rules *rules, const struct landlock_object *object)
{
	struct rb_node *node = rules->root.rb_node;

	while (node) {
		struct landlock_rule *rule = rb_entry(node, struct landlock_rule, node);

		if (rule->object == object)
			return rule;
		node = object < rule->object ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void insert(struct landlock_rules *rules, struct landlock_rule *fresh)
{
	struct rb_node **link = &rules->root.rb_node, *parent = NULL;

	while (*link) {
		struct landlock_rule *rule = rb_entry(*link, struct landlock_rule, node);

		KASSERT(rule->object != fresh->object); /* R1 */
		parent = *link;
		link = fresh->object < rule->object ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&fresh->node, parent, link);
	rb_insert_color(&fresh->node, &rules->root);
	rules->nr++;
}

static struct landlock_rule *rule_alloc(struct landlock_object *object, u32 nr_grants)
{
	struct landlock_rule *rule = kmalloc(sizeof(*rule) + nr_grants * sizeof(struct landlock_grant), GFP_KERNEL);

	if (!rule)
		return NULL;
	landlock_object_hold(object);
	rule->object = object;
	rule->nr_grants = nr_grants;
	return rule;
}

static void rule_free(struct landlock_rule *rule)
{
	landlock_object_put(rule->object);
	kfree(rule);
}

/* @old with @grant as one grant more takes its place. */
static int extend(struct landlock_rules *rules, struct landlock_rule *old, struct landlock_grant grant)
{
	struct landlock_rule *rule = rule_alloc(old->object, old->nr_grants + 1);

	if (!rule)
		return -ENOMEM;
	memcpy(rule->grants, old->grants, old->nr_grants * sizeof(grant));
	rule->grants[old->nr_grants] = grant; /* R2 */
	rb_erase(&old->node, &rules->root);
	rules->nr--;
	insert(rules, rule);
	rule_free(old);
	return 0;
}

int landlock_rules_add(struct landlock_rules *rules, struct landlock_object *object, struct landlock_grant grant)
{
	struct landlock_rule *rule = landlock_rules_find(rules, object);

	if (rule) {
		struct landlock_grant *last = &rule->grants[rule->nr_grants - 1];

		if (last->layer != grant.layer)
			return extend(rules, rule, grant);
		last->allowed |= grant.allowed;
		return 0;
	}
	if (rules->nr == U32_MAX)
		return -E2BIG;
	rule = rule_alloc(object, 1);
	if (!rule)
		return -ENOMEM;
	rule->grants[0] = grant;
	insert(rules, rule);
	return 0;
}

int landlock_rules_copy(struct landlock_rules *to, const struct landlock_rules *from)
{
	struct rb_node *node;

	for (node = rb_first(&from->root); node; node = rb_next(node)) {
		struct landlock_rule *old = rb_entry(node, struct landlock_rule, node), *rule;

		rule = rule_alloc(old->object, old->nr_grants);
		if (!rule)
			return -ENOMEM;
		memcpy(rule->grants, old->grants, old->nr_grants * sizeof(old->grants[0]));
		insert(to, rule);
	}
	return 0;
}

void landlock_rules_free(struct landlock_rules *rules)
{
	struct rb_node *node;

	while ((node = rules->root.rb_node)) {
		rb_erase(node, &rules->root);
		rule_free(rb_entry(node, struct landlock_rule, node));
	}
	rules->nr = 0;
}
