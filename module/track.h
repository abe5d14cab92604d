/* SPDX-License-Identifier: GPL-2.0-only */
/* What one segment does to the records: it moves one, begins one, ends one. */
#ifndef TCPSTATE_TRACK_H
#define TCPSTATE_TRACK_H

#include "packet.h"
#include "table.h"

/** struct tcpstate_sight - a segment, and what is known while its bucket is being fetched */
struct tcpstate_sight {
	/** @packet: the segment, and its key */
	struct tcpstate_packet packet;
	/** @place: the key's */
	struct tcpstate_place place;
	/** @now_ns: the fine clock, where a SYN says that it will be asked for; else 0 */
	u64 now_ns;
};

void tcpstate_track_segment(struct tcpstate_net *tn, struct tcpstate_sight *sight);

#endif
