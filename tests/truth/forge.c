// SPDX-License-Identifier: GPL-2.0-only
/* See forge.h. */
#include "forge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repair.h"

static FILE *to_forger, *from_forger;

/* in, out: its FIFOs */
void forge_init(const char *in, const char *out)
{
	to_forger = fopen(in, "w");
	if (!to_forger)
		conn_die(in);
	from_forger = fopen(out, "r");
	if (!from_forger)
		conn_die(out);
}

/* As it is on the wire. */
static const char *show_address(const struct address *address, char *to)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address->sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)&address->sa;

	if (address->sa.ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, to, INET6_ADDRSTRLEN);
	else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], to, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &in6->sin6_addr, to, INET6_ADDRSTRLEN);
	return to;
}

/* TEXT is added to the number that is expected, or replaces it if it begins with =. */
static __u32 choose_number(const char *text, __u32 expected)
{
	if (text && *text == '=')
		return strtoul(text + 1, NULL, 0);
	return expected + (text ? strtol(text, NULL, 0) : 0);
}

/* The clock of an end's timestamps */
static __u32 now_of(const struct conn *c, int end)
{
	socklen_t size = sizeof(__u32);
	__u32 now = 0;

	getsockopt(c->fd[end], IPPROTO_TCP, TCP_TIMESTAMP, &now, &size);
	return now;
}

/* FLAGS:SEQ[:ACK[:LEN[:badsum|old|echo]]], to that end, as if from the other one */
int forge_segment(struct conn *c, int end, const char *arg)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], answer[64];
	char copy[64], *rest = copy;
	char *flags, *seq, *ack, *len, *fault;
	__u32 snd_nxt, rcv_nxt;
	int err;

	if (!to_forger)
		return -EBADF;
	snprintf(copy, sizeof(copy), "%s", arg);
	flags = strsep(&rest, ":");
	seq = strsep(&rest, ":");
	ack = strsep(&rest, ":");
	len = strsep(&rest, ":");
	fault = strsep(&rest, ":");
	if (!seq)
		return -EINVAL;
	err = repair_get_numbers(c->fd[end], &snd_nxt, &rcv_nxt);
	if (err)
		return err;
	fprintf(to_forger, "%s %u %s %u %s seq %u win 1000 len %s",
		show_address(&c->address[!end], source), conn_port(&c->address[!end].sa),
		show_address(&c->address[end], destination), conn_port(&c->address[end].sa),
		flags, choose_number(seq, rcv_nxt), len ? len : "0");
	if (strchr(flags, '.'))
		fprintf(to_forger, " ack %u", choose_number(ack, snd_nxt));
	if (fault && !strcmp(fault, "old"))
		fprintf(to_forger, " ts %u 0", now_of(c, !end) - 1000000);
	else if (fault && !strcmp(fault, "echo"))
		fprintf(to_forger, " ts 1 %u", now_of(c, end) - 1000000);
	fprintf(to_forger, "%s in\n", fault && !strcmp(fault, "badsum") ? " badsum" : "");
	fflush(to_forger);
	if (!fgets(answer, sizeof(answer), from_forger) || strcmp(answer, "ok\n"))
		return -EPROTO;
	return 0;
}
