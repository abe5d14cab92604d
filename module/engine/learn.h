/* SPDX-License-Identifier: GPL-2.0-only */
/* What a segment that counts leaves behind in the record. Pure. */
#ifndef TCPSTATE_LEARN_H
#define TCPSTATE_LEARN_H

#include <linux/types.h>

#include "passage.h"

void tcpstate_learn_syn(const struct tcpstate_passage *p);
void tcpstate_learn_ack(const struct tcpstate_passage *p);
void tcpstate_learn_seq(const struct tcpstate_passage *p);
void tcpstate_learn_pick_up(const struct tcpstate_passage *p);
void tcpstate_learn_in_step(struct tcpstate_conn *conn);
void tcpstate_learn_opened(struct tcpstate_conn *conn,
			   const struct tcpstate_time *time);
void tcpstate_learn_count(const struct tcpstate_passage *p);
void tcpstate_learn_order(const struct tcpstate_passage *p);

#endif
