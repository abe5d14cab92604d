/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connection of a tuple a segment speaks of, and how one begins. Pure. */
#ifndef TCPSTATE_INCARNATION_H
#define TCPSTATE_INCARNATION_H

#include <linux/types.h>

#include "conn.h"
#include "segment.h"

/** enum tcpstate_incarnation - which record a segment speaks of */
enum tcpstate_incarnation {
	TCPSTATE_INCARNATION_OLD,		/* the record itself */
	TCPSTATE_INCARNATION_PENDING,		/* the one that waits to replace it */
	TCPSTATE_INCARNATION_TAKEOVER,	/* the waiting one, and the old one ends */
	TCPSTATE_INCARNATION_NEW,		/* a new one that waits */
	TCPSTATE_INCARNATION_REOPEN,		/* a new one, and the old one ends */
};

int tcpstate_incarnation_role(const struct tcpstate_segment *seg, __u16 sport, __u16 dport);
void tcpstate_incarnation_begin(struct tcpstate_conn *conn,
				const struct tcpstate_segment *seg, int from);
bool tcpstate_incarnation_is_repeat(const struct tcpstate_conn *old, int from,
				    const struct tcpstate_segment *syn);
enum tcpstate_incarnation tcpstate_incarnation_choose(const struct tcpstate_conn *old, int from,
						      const struct tcpstate_conn *pending,
						      int pending_from,
						      const struct tcpstate_segment *seg);

#endif
