/* SPDX-License-Identifier: GPL-2.0-only */
/* Accounts: the user and the cgroup that a socket belongs to, as one number. */
#ifndef TCPSTATE_ACCOUNT_H
#define TCPSTATE_ACCOUNT_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct sock;
struct tcpstate_net;

/* Numbers of no account: no socket of the end was seen, or its account could not be kept. */
#define TCPSTATE_ACCOUNT_NONE		0
#define TCPSTATE_ACCOUNT_UNKNOWN	1
#define TCPSTATE_ACCOUNT_FIRST		2
#define TCPSTATE_ACCOUNT_LAST		0xffff

u16 tcpstate_account_get(struct tcpstate_net *tn, const struct sock *sk);
u16 tcpstate_account_get_pair(struct tcpstate_net *tn, kuid_t uid, u64 cgroup);
bool tcpstate_account_find(u16 number, kuid_t *uid, u64 *cgroup);
bool tcpstate_account_is_scarce(void);

void tcpstate_account_begin_pass(void);
void tcpstate_account_mark(const u16 number[2]);
bool tcpstate_account_end_pass(void);
void tcpstate_account_exit(void);

#endif
