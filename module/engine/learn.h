/* SPDX-License-Identifier: GPL-2.0-only */
/* What a segment that counts leaves behind in the record. Pure. */
#ifndef TCPSTATE_LEARN_H
#define TCPSTATE_LEARN_H

#include <linux/types.h>

#include "conn.h"
#include "segment.h"

void tcpstate_learn_syn(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg, int from);
void tcpstate_learn_ack(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg,
				 int from, int to);
void tcpstate_learn_seq(struct tcpstate_conn *conn,
			const struct tcpstate_segment *seg,
				 int from, int to);
void tcpstate_learn_pick_up(struct tcpstate_conn *conn,
			    const struct tcpstate_segment *seg, int from, int to);
void tcpstate_learn_in_step(struct tcpstate_conn *conn);
void tcpstate_learn_opened(struct tcpstate_conn *conn,
			   const struct tcpstate_time *time);
void tcpstate_learn_count(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg,
			     int from, int to, __u8 notes);

#endif
