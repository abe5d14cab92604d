/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes back the zones of interfaces that have no records any more. */
#ifndef TCPSTATE_RECLAIM_H
#define TCPSTATE_RECLAIM_H

struct tcpstate_net;

unsigned int tcpstate_reclaim_zones(struct tcpstate_net *tn);

#endif
