/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports of what happens to records, for events: queued, numbered, handed on. */
#ifndef TCPSTATE_REPORT_H
#define TCPSTATE_REPORT_H

#include <linux/types.h>

#include "flow.h"
#include "net.h"

/** enum tcpstate_report_kind - what happened to a record */
enum tcpstate_report_kind {
	TCPSTATE_REPORT_NEW,
	TCPSTATE_REPORT_TRANSITION,
	TCPSTATE_REPORT_END,
};

/** struct tcpstate_change - how a record changed, and what triggered it */
struct tcpstate_change {
	/** @states: the states of both ends before, as in struct tcpstate_conn */
	u8 states;
	/** @timer: the enum tcpstate_timer that ran out, if @seg is NULL */
	u8 timer;
	/** @from: the end that sent @seg */
	u8 from;
	/** @time_ns: when, if @seg is set (CLOCK_BOOTTIME) */
	u64 time_ns;
	/** @seg: the segment; NULL if a timer or a request triggered it */
	const struct tcpstate_segment *seg;
	/** @result: the transitions */
	struct tcpstate_result result;
};

/** struct tcpstate_report - one event */
struct tcpstate_report {
	/** @list: in the queue of its namespace */
	struct list_head list;
	/** @number: counts the events of a namespace, including lost ones */
	u64 number;
	/** @time_ns: when it happened, or the segment passed (CLOCK_BOOTTIME) */
	u64 time_ns;
	/** @kind: enum tcpstate_report_kind */
	u8 kind;
	/** @verdict: enum tcpstate_verdict: how the connection has ended, if it has */
	u8 verdict;
	/** @has_seg: whether @seg triggered it */
	bool has_seg;
	/** @change: what changed; its @seg must not be followed */
	struct tcpstate_change change;
	/** @seg: the segment */
	struct tcpstate_segment seg;
	/** @copy: the record afterwards */
	struct tcpstate_copy copy;
};

/* A sender takes the reports over, oldest first, in process context. */
typedef void tcpstate_report_send_t(struct tcpstate_net *tn, struct list_head *reports);

int tcpstate_report_init(void);
void tcpstate_report_exit(void);
void tcpstate_report_open(unsigned int group, tcpstate_report_send_t *send);
void tcpstate_report_close(void);
void tcpstate_report_net_init(struct tcpstate_net *tn);
void tcpstate_report_net_exit(struct tcpstate_net *tn);

bool tcpstate_report_wanted(struct tcpstate_net *tn);
void tcpstate_report_heard(struct tcpstate_net *tn);
void tcpstate_report_unheard(struct tcpstate_net *tn);
void tcpstate_report_add(struct tcpstate_net *tn, const struct tcpstate_flow *flow,
			 enum tcpstate_report_kind kind,
			 enum tcpstate_verdict verdict,
			 const struct tcpstate_change *change);
void tcpstate_report_free(struct list_head *reports);

#endif
