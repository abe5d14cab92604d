/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections of which segments pass where they cannot be seen. Pure. */
#ifndef TCPSTATE_PICKUP_H
#define TCPSTATE_PICKUP_H

#include <linux/types.h>

#include "passage.h"

/* The most transitions of an opening that passed elsewhere: two for each end. */
#define TCPSTATE_PICKUP_STEPS	4

__u8 tcpstate_pickup_judge(const struct tcpstate_passage *p);

#endif
