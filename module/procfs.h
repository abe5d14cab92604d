/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/tcpstate and /proc/net/stat/tcpstate. */
#ifndef TCPSTATE_PROCFS_H
#define TCPSTATE_PROCFS_H

struct tcpstate_net;

int tcpstate_procfs_init(void);
void tcpstate_procfs_exit(void);
int tcpstate_procfs_net_init(struct tcpstate_net *tn);
void tcpstate_procfs_net_exit(struct tcpstate_net *tn);

#endif
