/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that look like real ones, and how they pass the hooks. */
#ifndef BENCH_PACKET_H
#define BENCH_PACKET_H

#include <linux/types.h>

struct net_device;
struct sk_buff;

/** struct bench_segment - one segment of one connection */
struct bench_segment {
	/** @conn: number of the connection: its addresses and ports */
	u32 conn;
	/** @seq: sequence number */
	u32 seq;
	/** @ack: acknowledgment */
	u32 ack;
	/** @ts: timestamp */
	u32 ts;
	/** @from: 0 if another host sends it to this one; 1 if this host sends it */
	u8 from;
	/** @flags: TCP's flag byte */
	u8 flags;
	/** @len: bytes of payload */
	u16 len;
};

struct sk_buff *bench_packet_alloc(struct net_device *dev);
void bench_packet_fill(struct sk_buff *skb, u8 family,
		       const struct bench_segment *segment);
int bench_packet_walk(struct sk_buff *skb, u8 family, int from);

#endif
