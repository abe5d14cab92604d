/* SPDX-License-Identifier: GPL-2.0-only */
/* The hooks at which packets are seen. */
#ifndef TCPSTATE_HOOKS_H
#define TCPSTATE_HOOKS_H

struct tcpstate_net;

int tcpstate_hooks_init(struct tcpstate_net *tn);
void tcpstate_hooks_exit(struct tcpstate_net *tn);
void tcpstate_hooks_free(struct tcpstate_net *tn);

#endif
