/* SPDX-License-Identifier: GPL-2.0-only */
/* From a packet to a segment. */
#ifndef TCPSTATE_PACKET_H
#define TCPSTATE_PACKET_H

#include <linux/types.h>

#include "engine/segment.h"
#include "flow.h"

struct sk_buff;

/** enum tcpstate_reject - why a packet is not tracked; each has a counter */
enum tcpstate_reject {
	TCPSTATE_REJECT_NONE,
	TCPSTATE_REJECT_NOT_TCP,		/* another protocol: not counted */
	TCPSTATE_REJECT_SHORT,		/* the header does not fit */
	TCPSTATE_REJECT_CHECKSUM,
	TCPSTATE_REJECT_FLAGS,		/* a combination that no end sends */
	TCPSTATE_REJECT_OPTIONS,		/* an option that overruns or lies */
	TCPSTATE_REJECT_FRAGMENT,	/* without the TCP header */
	TCPSTATE_REJECT_MULTICAST,	/* or broadcast */
	TCPSTATE_REJECTS
};

/** struct tcpstate_packet - a segment and whom it runs between */
struct tcpstate_packet {
	/** @key: sender and receiver; of its zone, only whether it is IPv6 */
	struct tcpstate_key key;
	/** @seg: the segment, as the engine takes it */
	struct tcpstate_segment seg;
	/** @start: where the TCP header begins, in bytes from skb->data */
	unsigned int start;
	/** @end: where the IP packet ends */
	unsigned int end;
	/** @cut: a first fragment: the payload goes on elsewhere */
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
