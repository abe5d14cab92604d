/* SPDX-License-Identifier: GPL-2.0-only */
/* Read the segment of a packet. */
#ifndef TCPSTATE_PACKET_H
#define TCPSTATE_PACKET_H

#include <linux/types.h>

#include "engine/segment.h"
#include "flow.h"

struct sk_buff;

/** enum tcpstate_reject - reject reasons: why a packet is not tracked */
enum tcpstate_reject {
	TCPSTATE_REJECT_NONE,
	TCPSTATE_REJECT_NOT_TCP,		/* another protocol; has no counter */
	TCPSTATE_REJECT_SHORT,		/* the header does not fit */
	TCPSTATE_REJECT_CHECKSUM,
	TCPSTATE_REJECT_FLAGS,		/* no end sends this combination */
	TCPSTATE_REJECT_OPTIONS,		/* an option has a wrong length */
	TCPSTATE_REJECT_FRAGMENT,	/* it has no TCP header */
	TCPSTATE_REJECT_MULTICAST,	/* or broadcast */
	TCPSTATE_REJECTS
};

/** struct tcpstate_packet - a segment and its two ends */
struct tcpstate_packet {
	/** @key: sender and receiver; its zone says only whether it is IPv6 */
	struct tcpstate_key key;
	/** @seg: the segment, as the engine takes it */
	struct tcpstate_segment seg;
	/** @start: where the TCP header begins, in bytes from skb->data */
	unsigned int start;
	/** @end: where the IP packet ends */
	unsigned int end;
	/** @cut: this is a first fragment; other packets have the rest of the payload */
	bool cut;
};

enum tcpstate_reject tcpstate_packet_locate(const struct sk_buff *skb, __u8 family,
					    struct tcpstate_packet *packet);
enum tcpstate_reject tcpstate_packet_parse(const struct sk_buff *skb, unsigned int hook,
					   struct tcpstate_packet *packet);
enum tcpstate_reject tcpstate_packet_parse_flags(__u8 flags);
enum tcpstate_reject tcpstate_packet_parse_options(const __u8 *opt, unsigned int len,
						   struct tcpstate_segment *seg);

#endif
