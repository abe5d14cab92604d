/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family. */
#ifndef TCPSTATE_NETLINK_H
#define TCPSTATE_NETLINK_H

int tcpstate_netlink_init(void);
void tcpstate_netlink_exit(void);

#endif
