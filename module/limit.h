/* SPDX-License-Identifier: GPL-2.0-only */
/* How many records there may be, and the reserve of each namespace. */
#ifndef TCPSTATE_LIMIT_H
#define TCPSTATE_LIMIT_H

#include <linux/types.h>

#include "net.h"

/* The least value of max_records */
#define TCPSTATE_MAX_RECORDS_MIN	1024u

void tcpstate_limit_init(unsigned int max_records);
bool tcpstate_limit_take(struct tcpstate_net *tn);
void tcpstate_limit_give(struct tcpstate_net *tn);
void tcpstate_limit_reserve(struct tcpstate_net *tn);
void tcpstate_limit_unreserve(struct tcpstate_net *tn);
unsigned int tcpstate_limit_get_max(void);
unsigned int tcpstate_limit_set_max(unsigned int max_records);
unsigned int tcpstate_limit_min(void);
unsigned int tcpstate_limit_size(void);
unsigned int tcpstate_limit_used(void);

#endif
