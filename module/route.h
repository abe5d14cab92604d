/* SPDX-License-Identifier: GPL-2.0-only */
/* Which connection of a tuple a segment speaks of, and how one begins. Pure. */
#ifndef TCPSTATE_ROUTE_H
#define TCPSTATE_ROUTE_H

#include <linux/types.h>

#include "fsm.h"

/** enum tcpstate_route - which record a segment speaks of */
enum tcpstate_route {
	TCPSTATE_ROUTE_OLD,		/* the record itself */
	TCPSTATE_ROUTE_PENDING,		/* the one that waits to replace it */
	TCPSTATE_ROUTE_TAKEOVER,	/* the waiting one, and the old one ends */
	TCPSTATE_ROUTE_NEW,		/* a new one that waits */
	TCPSTATE_ROUTE_REOPEN,		/* a new one, and the old one ends */
};

int tcpstate_route_role(const struct tcpstate_segment *seg, __u16 sport, __u16 dport);
void tcpstate_route_begin(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from);
bool tcpstate_route_is_repeat(const struct tcpstate_conn *old, int from,
			      const struct tcpstate_segment *syn);
enum tcpstate_route tcpstate_route_choose(const struct tcpstate_conn *old, int from,
					  const struct tcpstate_conn *pending,
					  int pending_from,
					  const struct tcpstate_segment *seg);

#endif
