/* SPDX-License-Identifier: GPL-2.0-only */
/* What one segment does to the records: change one, begin one, end one. */
#ifndef TCPSTATE_TRACK_H
#define TCPSTATE_TRACK_H

#include "packet.h"
#include "table.h"

/** struct tcpstate_sight - a segment, and what is known while its bucket is being fetched */
struct tcpstate_sight {
	/** @packet: the segment, and its key */
	struct tcpstate_packet packet;
	/** @place: the place of its key */
	struct tcpstate_place place;
	/** @sk: what sends it from here; NULL if it comes from elsewhere */
	const struct sock *sk;
	/** @now_ns: the fine clock, once it was read for this segment; 0 before */
	u64 now_ns;
};

void tcpstate_track_segment(struct tcpstate_net *tn, struct tcpstate_sight *sight);

#endif
