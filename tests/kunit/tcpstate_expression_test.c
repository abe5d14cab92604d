// SPDX-License-Identifier: GPL-2.0-only
/* Expressions: what the evaluator says is what a tree of the same operators says. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "expression.h"

#define RUNS	20000
#define MOST	TCPSTATE_EXPRESSION_TERMS

/** struct tree - a random expression that is being made */
struct tree {
	struct rnd_state rnd;
	struct tcpstate_expression *expression;
	/** @truth: the results of its terms, by the plain operators of C */
	bool truth[MOST];
	unsigned int depth;
	unsigned int deepest;
};

static int make_tree(struct kunit *test, struct tree *tree)
{
	size_t size = struct_size(tree->expression, term, MOST);

	tree->expression = kunit_kzalloc(test, size, GFP_KERNEL);
	return tree->expression ? 0 : -ENOMEM;
}

/* Add a term, and do with truth what the term says. */
static void add(struct tree *tree, enum tcpstate_operator op, bool value)
{
	struct tcpstate_term *term = &tree->expression->term[tree->expression->n++];
	bool *top = &tree->truth[tree->depth];

	term->op = op;
	switch (op) {
	case TCPSTATE_OPERATOR_MATCH:
		/* The record is of IPv4. */
		tcpstate_filter_init(&term->filter);
		term->filter.family = value ? TCPSTATE_FAMILY_IPV4 : TCPSTATE_FAMILY_IPV6;
		*top = value;
		tree->depth++;
		break;
	case TCPSTATE_OPERATOR_NOT:
		top[-1] = !top[-1];
		break;
	case TCPSTATE_OPERATOR_AND:
		top[-2] = top[-2] && top[-1];
		tree->depth--;
		break;
	case TCPSTATE_OPERATOR_OR:
		top[-2] = top[-2] || top[-1];
		tree->depth--;
		break;
	}
	tree->deepest = max(tree->deepest, tree->depth);
}

static bool passes(const struct tree *tree)
{
	struct tcpstate_copy copy = {};

	return tcpstate_expression_match(tree->expression, &copy.flow, 0);
}

/* Add a random term that still lets the expression end with @left further ones. */
static void add_random(struct tree *tree, unsigned int left)
{
	u32 random = prandom_u32_state(&tree->rnd);
	unsigned int what = random % 8;

	if (!tree->depth || (what < 4 && tree->depth <= left))
		add(tree, TCPSTATE_OPERATOR_MATCH, random & BIT(16));
	else if (tree->depth == 1 || (what == 4 && tree->depth - 1 <= left))
		add(tree, TCPSTATE_OPERATOR_NOT, false);
	else
		add(tree, random & BIT(16) ? TCPSTATE_OPERATOR_AND : TCPSTATE_OPERATOR_OR, false);
}

static void random_expressions_are_what_their_operators_say(struct kunit *test)
{
	struct tree tree = {};
	unsigned int i, passed = 0, deepest = 0;

	KUNIT_ASSERT_EQ(test, make_tree(test, &tree), 0);
	prandom_seed_state(&tree.rnd, 18);
	for (i = 0; i < RUNS; i++) {
		unsigned int n = 1 + prandom_u32_state(&tree.rnd) % MOST;

		tree.expression->n = 0;
		tree.depth = 0;
		tree.deepest = 0;
		while (tree.expression->n < n)
			add_random(&tree, n - tree.expression->n - 1);
		KUNIT_ASSERT_EQ_MSG(test, tree.depth, 1, "run %u", i);
		KUNIT_ASSERT_EQ_MSG(test, passes(&tree), tree.truth[0], "run %u", i);
		passed += tree.truth[0];
		deepest = max(deepest, tree.deepest);
	}
	KUNIT_EXPECT_GT(test, passed, RUNS / 4);
	KUNIT_EXPECT_LT(test, passed, RUNS * 3 / 4);
	KUNIT_EXPECT_GT(test, deepest, 8);
}

/* Each value of the two that an operator takes, above others that it must leave alone. */
static void operators_leave_the_results_below_alone(struct kunit *test)
{
	static const enum tcpstate_operator ops[] = {
		TCPSTATE_OPERATOR_NOT, TCPSTATE_OPERATOR_AND, TCPSTATE_OPERATOR_OR,
	};
	struct tree tree = {};
	unsigned int i, bits;

	KUNIT_ASSERT_EQ(test, make_tree(test, &tree), 0);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (bits = 0; bits < 16; bits++) {
			unsigned int bit;

			tree.expression->n = 0;
			tree.depth = 0;
			for (bit = 0; bit < 4; bit++)
				add(&tree, TCPSTATE_OPERATOR_MATCH, bits & BIT(bit));
			add(&tree, ops[i], false);
			/* Find out each result that is left, by taking those above away. */
			while (tree.depth) {
				KUNIT_EXPECT_EQ_MSG(test, passes(&tree), tree.truth[tree.depth - 1],
						    "operator %u of %x", ops[i], bits);
				if (tree.depth == 1)
					break;
				add(&tree, TCPSTATE_OPERATOR_MATCH, false);
				add(&tree, TCPSTATE_OPERATOR_AND, false);
				add(&tree, TCPSTATE_OPERATOR_OR, false);
			}
		}
	}
}

/* As many results as there can be: the first one decides, below all of the others. */
static void as_many_results_as_terms_fit(struct kunit *test)
{
	struct tree tree = {};
	unsigned int i;
	bool first;

	KUNIT_ASSERT_EQ(test, make_tree(test, &tree), 0);
	for (first = false;; first = true) {
		tree.expression->n = 0;
		tree.depth = 0;
		add(&tree, TCPSTATE_OPERATOR_MATCH, first);
		for (i = 1; i < MOST / 2; i++)
			add(&tree, TCPSTATE_OPERATOR_MATCH, !first);
		while (tree.depth > 1)
			add(&tree, first ? TCPSTATE_OPERATOR_OR : TCPSTATE_OPERATOR_AND, false);
		KUNIT_EXPECT_EQ(test, tree.expression->n, MOST - 1);
		KUNIT_EXPECT_EQ(test, passes(&tree), first);
		if (first)
			break;
	}
}

static void depth_refuses_what_takes_more_than_there_is(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(0, TCPSTATE_OPERATOR_MATCH), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(63, TCPSTATE_OPERATOR_MATCH), 64);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(0, TCPSTATE_OPERATOR_NOT), -1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(1, TCPSTATE_OPERATOR_NOT), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(0, TCPSTATE_OPERATOR_AND), -1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(1, TCPSTATE_OPERATOR_AND), -1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(2, TCPSTATE_OPERATOR_AND), 1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(1, TCPSTATE_OPERATOR_OR), -1);
	KUNIT_EXPECT_EQ(test, tcpstate_expression_depth(3, TCPSTATE_OPERATOR_OR), 2);
}

static struct kunit_case expression_cases[] = {
	KUNIT_CASE(random_expressions_are_what_their_operators_say),
	KUNIT_CASE(operators_leave_the_results_below_alone),
	KUNIT_CASE(as_many_results_as_terms_fit),
	KUNIT_CASE(depth_refuses_what_takes_more_than_there_is),
	{}
};

static struct kunit_suite expression_suite = {
	.name = "tcpstate_expression",
	.test_cases = expression_cases,
};

kunit_test_suite(expression_suite);

MODULE_DESCRIPTION("KUnit suite of tcpstate's expressions");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
