// SPDX-License-Identifier: GPL-2.0-only
/* See forge.h. */
#include "forge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

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

/* What a socket sends next, and what it expects: TCP_REPAIR lets one look. */
static int get_numbers(int fd, __u32 *snd_nxt, __u32 *rcv_nxt)
{
	static const int on = TCP_REPAIR_ON, off = TCP_REPAIR_OFF_NO_WP;
	static const int queues[] = { TCP_SEND_QUEUE, TCP_RECV_QUEUE };
	__u32 *numbers[] = { snd_nxt, rcv_nxt };
	socklen_t len = sizeof(__u32);

	if (setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)))
		return -errno;
	for (int i = 0; i < 2; i++) {
		setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queues[i], sizeof(queues[i]));
		getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, numbers[i], &len);
	}
	return conn_result(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
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

/* FLAGS:SEQ[:ACK[:LEN[:badsum|old]]], to that end, as if from the other one */
int forge_segment(struct conn *c, int end, const char *arg)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], answer[64];
	__u32 snd_nxt, rcv_nxt, now = 0;
	socklen_t size = sizeof(now);
	int seq = 0, ack = 0, len = 0;
	char flags[8], extra[16] = "";
	int err;

	if (!to_forger || c->fd[!end] < 0)
		return -EBADF;
	if (sscanf(arg, "%7[^:]:%d:%d:%d:%15s", flags, &seq, &ack, &len, extra) < 2)
		return -EINVAL;
	err = get_numbers(c->fd[end], &snd_nxt, &rcv_nxt);
	if (err)
		return err;
	getsockopt(c->fd[!end], IPPROTO_TCP, TCP_TIMESTAMP, &now, &size);
	fprintf(to_forger, "%s %u %s %u %s seq %u win 1000 len %d",
		show_address(&c->address[!end], source), conn_port(&c->address[!end].sa),
		show_address(&c->address[end], destination), conn_port(&c->address[end].sa),
		flags, rcv_nxt + seq, len);
	if (strchr(flags, '.'))
		fprintf(to_forger, " ack %u", snd_nxt + ack);
	if (!strcmp(extra, "old"))
		fprintf(to_forger, " ts %u 0", now - 1000000);
	fprintf(to_forger, "%s in\n", strcmp(extra, "badsum") ? "" : " badsum");
	fflush(to_forger);
	if (!fgets(answer, sizeof(answer), from_forger) || strcmp(answer, "ok\n"))
		return -EPROTO;
	return 0;
}
