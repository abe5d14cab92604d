/* SPDX-License-Identifier: GPL-2.0-only */
/* Expressions: filters that operators (not, and, or) join. */
#ifndef TCPSTATE_EXPRESSION_H
#define TCPSTATE_EXPRESSION_H

#include "filter.h"

/* The most terms of an expression: a result for each of them fits into the evaluator's stack. */
#define TCPSTATE_EXPRESSION_TERMS	64

/** struct tcpstate_term - one term of an expression */
struct tcpstate_term {
	/** @op: enum tcpstate_operator */
	u8 op;
	/** @filter: for TCPSTATE_OPERATOR_MATCH */
	struct tcpstate_filter filter;
};

/** struct tcpstate_expression - which connections a request asks for */
struct tcpstate_expression {
	/** @n: how many terms there are */
	unsigned int n;
	/** @term: the terms in postfix order; tcpstate_expression_depth() accepts each of them */
	struct tcpstate_term term[];
};

int tcpstate_expression_depth(unsigned int depth, enum tcpstate_operator op);
bool tcpstate_expression_match(const struct tcpstate_expression *expression,
			       const struct tcpstate_flow *flow, u64 now_ns);

#endif
