/* SPDX-License-Identifier: GPL-2.0-only */
/* A reset: which ends it closes. Pure. */
#ifndef TCPSTATE_RESET_H
#define TCPSTATE_RESET_H

#include <linux/types.h>

#include "conn.h"
#include "matrix.h"
#include "segment.h"

__u32 tcpstate_reset_mark(const struct tcpstate_conn *conn,
			  const struct tcpstate_segment *rst, int from, int to);
void tcpstate_reset_take(struct tcpstate_conn *conn,
			 const struct tcpstate_segment *seg, int from, int to,
			 bool acceptable, struct tcpstate_result *result);

#endif
