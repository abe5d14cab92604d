/* SPDX-License-Identifier: GPL-2.0-only */
/* A reset: whom it closes, and how it is taken back. Pure. */
#ifndef TCPSTATE_RESET_H
#define TCPSTATE_RESET_H

#include <linux/types.h>

#include "fsm.h"

bool tcpstate_reset_is_believed(const struct tcpstate_conn *conn);
int tcpstate_reset_sender(const struct tcpstate_conn *conn);
void tcpstate_reset_take(struct tcpstate_conn *conn,
			 const struct tcpstate_segment *seg, int from, int to,
			 bool acceptable, struct tcpstate_steps *steps);
void tcpstate_reset_learn(struct tcpstate_conn *conn,
			  const struct tcpstate_segment *seg, int from);
bool tcpstate_reset_is_undone(const struct tcpstate_conn *conn,
			      const struct tcpstate_segment *seg, int from);
void tcpstate_reset_undo(struct tcpstate_conn *conn, struct tcpstate_steps *steps);

#endif
