/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections of which segments pass where they cannot be seen. Pure. */
#ifndef TCPSTATE_PICKUP_H
#define TCPSTATE_PICKUP_H

#include <linux/types.h>

#include "conn.h"
#include "matrix.h"
#include "segment.h"

/* The most transitions of an opening that passed elsewhere: two for each end. */
#define TCPSTATE_PICKUP_STEPS	4

__u8 tcpstate_pickup_judge(struct tcpstate_conn *conn, const struct tcpstate_segment *seg,
			   int from, int to, const struct tcpstate_time *time,
			   struct tcpstate_result *result);

#endif
