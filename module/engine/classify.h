/* SPDX-License-Identifier: GPL-2.0-only */
/* Judges a segment's numbers as its receiver would; learns them. Pure. */
#ifndef TCPSTATE_CLASSIFY_H
#define TCPSTATE_CLASSIFY_H

#include <linux/types.h>

#include "passage.h"

/* Linux's least retransmission timeout: a round trip that was not measured. */
#define TCPSTATE_CLASSIFY_RTO_MIN_MS	200

__u8 tcpstate_classify_judge(const struct tcpstate_passage *p);
bool tcpstate_classify_is_crossing(const struct tcpstate_passage *p);
bool tcpstate_classify_is_evidence(const struct tcpstate_passage *p);

#endif
