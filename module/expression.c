// SPDX-License-Identifier: GPL-2.0-only
/* Expressions: filters that operators join. Evaluated without recursion. */
#include "expression.h"

#include <linux/bitops.h>
#include <linux/build_bug.h>

/**
 * tcpstate_expression_depth() - tell how many results are left after a term
 * @depth: how many were left before it
 * @op: what the term does
 *
 * The terms of an expression begin with a depth of 0, and have to end with one of 1.
 *
 * Context: any.
 * Return: how many; -1 if the term takes more than there are.
 */
int tcpstate_expression_depth(unsigned int depth, enum tcpstate_operator op)
{
	unsigned int takes = 0;

	if (op == TCPSTATE_OPERATOR_NOT)
		takes = 1;
	else if (op != TCPSTATE_OPERATOR_MATCH)
		takes = 2;
	return depth < takes ? -1 : (int)(depth - takes) + 1;
}

/**
 * tcpstate_expression_match() - tell whether a connection passes an expression
 * @expression: the expression
 * @flow: the connection's record, locked, or a copy
 * @now_ns: now, from tcpstate_clock_now_ns()
 *
 * Context: any.
 * Return: true if it does.
 */
bool tcpstate_expression_match(const struct tcpstate_expression *expression,
			       const struct tcpstate_flow *flow, u64 now_ns)
{
	/* The results that are left, the last one as the lowest bit */
	u64 stack = 0, last;
	unsigned int i;

	BUILD_BUG_ON(BITS_PER_TYPE(stack) < TCPSTATE_EXPRESSION_TERMS);
	for (i = 0; i < expression->n; i++) {
		const struct tcpstate_term *term = &expression->term[i];

		switch (term->op) {
		case TCPSTATE_OPERATOR_MATCH:
			last = tcpstate_filter_match(&term->filter, flow, now_ns);
			stack = stack << 1 | last;
			break;
		case TCPSTATE_OPERATOR_NOT:
			stack ^= 1;
			break;
		case TCPSTATE_OPERATOR_AND:
			last = stack & 1;
			stack = stack >> 1 & (last | ~1ull);
			break;
		case TCPSTATE_OPERATOR_OR:
			last = stack & 1;
			stack = stack >> 1 | last;
			break;
		}
	}
	return stack & 1;
}
