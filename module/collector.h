/* SPDX-License-Identifier: GPL-2.0-only */
/* The collector, which ends records at their deadline, and passes over the whole table. */
#ifndef TCPSTATE_COLLECTOR_H
#define TCPSTATE_COLLECTOR_H

#include <linux/types.h>

#include "table.h"

/** enum tcpstate_pass_reason - why to look at all records */
enum tcpstate_pass_reason {
	TCPSTATE_PASS_SHORTENED,	/* a timeout is shorter now */
	TCPSTATE_PASS_LEFT_OVER,	/* a namespace has ended and left records */
	TCPSTATE_PASS_ACCOUNTS,		/* few numbers of accounts are left */
};

/** struct tcpstate_collector_state - where the collector stands, for the suites */
struct tcpstate_collector_state {
	/** @armed: it is going to run */
	bool armed;
	/** @at_ms: when, if @armed */
	u32 at_ms;
	/** @from_ms: when the last run that has ended began */
	u32 from_ms;
	/** @looks: at how many records it has looked, passes not included */
	unsigned int looks;
	/** @asked: a pass was asked for, and has not begun */
	bool asked;
	/** @passes: how many passes have ended */
	unsigned int passes;
};

int tcpstate_collector_init(void);
void tcpstate_collector_exit(void);
void tcpstate_collector_net_init(struct tcpstate_net *tn);
void tcpstate_collector_net_exit(struct tcpstate_net *tn);

void tcpstate_collector_note(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
			     const struct tcpstate_flow *flow, enum tcpstate_timer class);
bool tcpstate_collector_end_due(struct tcpstate_net *tn, struct tcpstate_bucket *bucket,
				struct tcpstate_flow *flow, enum tcpstate_timer class,
				u32 now_ms);
void tcpstate_collector_ask(enum tcpstate_pass_reason reason);
void tcpstate_collector_reclaim(struct tcpstate_net *tn);
void tcpstate_collector_flush(void);
struct tcpstate_collector_state tcpstate_collector_get_state(void);

#endif
