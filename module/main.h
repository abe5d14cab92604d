/* SPDX-License-Identifier: GPL-2.0-only */
/* What a network namespace gets: its records and all that goes with them. */
#ifndef TCPSTATE_MAIN_H
#define TCPSTATE_MAIN_H

struct net;
struct tcpstate_net;

int tcpstate_main_net_init(struct tcpstate_net *tn, struct net *net);
void tcpstate_main_net_exit(struct tcpstate_net *tn);

#endif
