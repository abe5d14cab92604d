/* SPDX-License-Identifier: GPL-2.0-only */
/* How many records there may be, and how they are shared out between owners. */
#ifndef TCPSTATE_LIMIT_H
#define TCPSTATE_LIMIT_H

#include <linux/types.h>

#include "owner.h"

/* The least value of max_records */
#define TCPSTATE_MAX_RECORDS_MIN	1024u

void tcpstate_limit_init(unsigned int max_records, unsigned int others_percent);

bool tcpstate_limit_take(struct tcpstate_owner *owner);
void tcpstate_limit_take_over(struct tcpstate_owner *owner);
void tcpstate_limit_pass(struct tcpstate_owner *from, struct tcpstate_owner *to);
void tcpstate_limit_give(struct tcpstate_owner *owner);

bool tcpstate_limit_is_capped(const struct tcpstate_owner *owner);
unsigned int tcpstate_limit_share(const struct tcpstate_owner *owner);
int tcpstate_limit_excess(const struct tcpstate_owner *owner, unsigned int share);

unsigned int tcpstate_limit_get_max(void);
unsigned int tcpstate_limit_set_max(unsigned int max_records);
unsigned int tcpstate_limit_size(void);
unsigned int tcpstate_limit_used(void);
unsigned int tcpstate_limit_others(void);

#endif
