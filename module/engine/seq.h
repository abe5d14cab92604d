/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modular sequence arithmetic (RFC 9293, 3.4). Pure: touches nothing but its
 * arguments, and compiles in user space too.
 */
#ifndef TCPSTATE_SEQ_H
#define TCPSTATE_SEQ_H

#include <linux/types.h>

/**
 * tcpstate_seq_before() - does @a come before @b in the circle of 2^32 numbers?
 * @a: sequence number
 * @b: sequence number
 *
 * Context: any.
 * Return: true if the way forward from @a to @b is shorter than 2^31 and not 0.
 */
static inline bool tcpstate_seq_before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

/**
 * tcpstate_seq_after() - does @a come after @b?
 * @a: sequence number
 * @b: sequence number
 *
 * Context: any.
 * Return: tcpstate_seq_before(@b, @a).
 */
static inline bool tcpstate_seq_after(__u32 a, __u32 b)
{
	return tcpstate_seq_before(b, a);
}

/**
 * tcpstate_seq_max() - the later of two sequence numbers
 * @a: sequence number
 * @b: sequence number
 *
 * Context: any.
 * Return: @b if it is after @a, else @a.
 */
static inline __u32 tcpstate_seq_max(__u32 a, __u32 b)
{
	return tcpstate_seq_before(a, b) ? b : a;
}

#endif
