/* SPDX-License-Identifier: GPL-2.0-only */
/* A reset: which ends it closes. Pure. */
#ifndef TCPSTATE_RESET_H
#define TCPSTATE_RESET_H

#include <linux/types.h>

#include "passage.h"

__u32 tcpstate_reset_mark(const struct tcpstate_passage *p);
void tcpstate_reset_take(const struct tcpstate_passage *p);

#endif
