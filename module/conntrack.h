/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What conntrack says about a packet. Call these functions only if skb_nfct() is not NULL.
 * It always is NULL in a kernel without conntrack, where the functions do not exist.
 */
#ifndef TCPSTATE_CONNTRACK_H
#define TCPSTATE_CONNTRACK_H

#include <linux/types.h>

#include "engine/segment.h"

struct sk_buff;

bool tcpstate_conntrack_is_translated(const struct sk_buff *skb);
void tcpstate_conntrack_parse(const struct sk_buff *skb, unsigned int hook,
			      struct tcpstate_segment *seg);

#endif
