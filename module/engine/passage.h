/* SPDX-License-Identifier: GPL-2.0-only */
/* One segment being taken through both ends of its connection. Pure. */
#ifndef TCPSTATE_PASSAGE_H
#define TCPSTATE_PASSAGE_H

#include <linux/types.h>

#include "conn.h"
#include "matrix.h"
#include "segment.h"

/**
 * struct tcpstate_passage - a segment, its connection, and what the one does to the other
 *
 * tcpstate_fsm_segment() fills it, and hands it to all that judge, learn and move.
 */
struct tcpstate_passage {
	/** @conn: the connection */
	struct tcpstate_conn *conn;
	/** @seg: the segment */
	const struct tcpstate_segment *seg;
	/** @from: the end that sent it */
	int from;
	/** @to: the end that it is for; @from in a connection of an end with itself */
	int to;
	/** @time: when it passed */
	const struct tcpstate_time *time;
	/** @result: the transitions taken so far, and what the segment was */
	struct tcpstate_result *result;
};

/* Take one trigger of @end through figure 5. */
static inline void tcpstate_passage_step(const struct tcpstate_passage *p, int end,
					 enum tcpstate_trigger trigger)
{
	tcpstate_matrix_step(p->conn, end, trigger, p->result);
}

#endif
