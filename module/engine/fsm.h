/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking one segment through both ends of a connection. Pure. */
#ifndef TCPSTATE_FSM_H
#define TCPSTATE_FSM_H

#include <linux/types.h>

#include "conn.h"
#include "matrix.h"
#include "segment.h"

void tcpstate_fsm_segment(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from, int to,
			  const struct tcpstate_time *time,
			  struct tcpstate_result *result);
void tcpstate_fsm_forget(struct tcpstate_conn *conn, struct tcpstate_result *result);
void tcpstate_fsm_expire(struct tcpstate_conn *conn, struct tcpstate_result *result);

#endif
