/* SPDX-License-Identifier: GPL-2.0-only */
/* net.tcpstate.* */
#ifndef TCPSTATE_SYSCTL_H
#define TCPSTATE_SYSCTL_H

struct tcpstate_net;

int tcpstate_sysctl_init(struct tcpstate_net *tn);
void tcpstate_sysctl_exit(struct tcpstate_net *tn);

#endif
