/* SPDX-License-Identifier: GPL-2.0-only */
/* A verdict that one segment led to, and how it is taken back. Pure. */
#ifndef TCPSTATE_VERDICT_H
#define TCPSTATE_VERDICT_H

#include <linux/types.h>

#include "passage.h"

/** struct tcpstate_shown - what is shown under a verdict, kept while it is lifted */
struct tcpstate_shown {
	/** @states: enum tcpstate_state of each end */
	__u8 states;
	/** @hidden: the states without the verdict when it was lifted */
	__u8 hidden;
	/** @flags: the verdict, and TCPSTATE_F_RETRACTED */
	__u32 flags;
	/** @last_seen_ms: when the verdict fell, or a RST repeated it */
	__u32 last_seen_ms;
	/** @isn: each end's first number, to which its mark belongs */
	__u32 isn[2];
	/** @snd_nxt: how far each end had sent */
	__u32 snd_nxt[2];
	/** @mark: an ACK beyond this number of an end shows that the verdict is wrong */
	__u32 mark[2];
};

void tcpstate_verdict_give(struct tcpstate_conn *conn, enum tcpstate_verdict verdict,
			   __u8 states, const __u32 mark[2]);
void tcpstate_verdict_lift(struct tcpstate_conn *conn, struct tcpstate_shown *shown);
void tcpstate_verdict_lower(struct tcpstate_conn *conn,
			    const struct tcpstate_shown *shown);
bool tcpstate_verdict_is_disproved(const struct tcpstate_passage *p,
				   const struct tcpstate_shown *shown);

static inline bool tcpstate_verdict_covers(const struct tcpstate_shown *shown, int end)
{
	return ((shown->states ^ shown->hidden) >> (4 * end) & 15) != 0;
}

#endif
