// SPDX-License-Identifier: GPL-2.0-only
/* The sockets of the kernel's TCP, by sock_diag, as ss(8) asks for them. */
#include "ipc_diag.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "ipc_query.h"
#include "ipc_socket.h"

/*
 * States of sockets that have one connection, and that a process may have open: bits of
 * include/net/tcp_states.h, of which the kernel's UAPI has no names
 */
enum {
	ESTABLISHED = 0x2, SYN_SENT = 0x4, FIN_WAIT1 = 0x10, FIN_WAIT2 = 0x20, CLOSE_WAIT = 0x100,
	LAST_ACK = 0x200, CLOSING = 0x800,
	CONNECTED = ESTABLISHED | SYN_SENT | FIN_WAIT1 | FIN_WAIT2 | CLOSE_WAIT | LAST_ACK |
		    CLOSING,
};

/* TCP_INFINITE_SSTHRESH */
#define INFINITE_SSTHRESH	0x7fffffff

/** struct diag_data - for one request */
struct diag_data {
	ipc_diag_each *each;
	void *data;
	/** @result: what @each returned */
	int result;
};

/* Copy an address; one in the notation of IPv6 sockets is an IPv4 address. */
static void read_address(const uint32_t from[4], bool ipv4, uint8_t to[16])
{
	memcpy(to, ipv4 && !from[0] ? &from[3] : from, ipv4 ? 4 : 16);
}

/* ::ffff:0:0/96 */
static bool is_mapped(const uint32_t address[4])
{
	return IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)address);
}

static void read_info(const struct nlattr *attr, struct diag *diag)
{
	uint16_t len = mnl_attr_get_payload_len(attr);
	struct tcp_info info = {};

	/* An older kernel tells less, a newer one more. */
	if (len < offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(info.tcpi_total_retrans))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), len < sizeof(info) ? len : sizeof(info));
	diag->has_info = true;
	diag->info.rtt_us = info.tcpi_rtt;
	diag->info.rttvar_us = info.tcpi_rttvar;
	diag->info.rto_us = info.tcpi_rto;
	diag->info.mss = info.tcpi_snd_mss;
	diag->info.cwnd = info.tcpi_snd_cwnd;
	diag->info.ssthresh = info.tcpi_snd_ssthresh >= INFINITE_SSTHRESH ? UINT32_MAX :
									    info.tcpi_snd_ssthresh;
	diag->info.unacked = info.tcpi_unacked;
	diag->info.total_retrans = info.tcpi_total_retrans;
}

static void read_name(const struct nlattr *attr, struct diag *diag)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len < sizeof(diag->info.congestion))
		memcpy(diag->info.congestion, mnl_attr_get_payload(attr), len);
}

static int answer_diag(const struct nlmsghdr *message, void *data)
{
	const struct inet_diag_msg *from = mnl_nlmsg_get_payload(message);
	struct diag_data *request = data;
	const struct nlattr *attr;
	struct diag diag = {};
	bool ipv4;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*from) ||
	    !(CONNECTED >> from->idiag_state & 1))
		return MNL_CB_OK;
	ipv4 = from->idiag_family == AF_INET || is_mapped(from->id.idiag_src);
	diag.tuple.family = ipv4 ? TCPSTATE_FAMILY_IPV4 : TCPSTATE_FAMILY_IPV6;
	read_address(from->id.idiag_src, ipv4, diag.tuple.address[0]);
	read_address(from->id.idiag_dst, ipv4, diag.tuple.address[1]);
	diag.tuple.port[0] = ntohs(from->id.idiag_sport);
	diag.tuple.port[1] = ntohs(from->id.idiag_dport);
	diag.tuple.ifindex = from->id.idiag_if;
	diag.uid = from->idiag_uid;
	diag.inode = from->idiag_inode;
	mnl_attr_for_each(attr, message, sizeof(*from)) {
		if (mnl_attr_get_type(attr) == INET_DIAG_INFO)
			read_info(attr, &diag);
		else if (mnl_attr_get_type(attr) == INET_DIAG_CONG)
			read_name(attr, &diag);
	}
	request->result = request->each(&diag, request->data);
	return request->result ? MNL_CB_STOP : MNL_CB_OK;
}

static struct inet_diag_req_v2 *prepare(char buffer[IPC_REQUEST_BYTES], int family,
					uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(memset(buffer, 0, IPC_REQUEST_BYTES));
	struct inet_diag_req_v2 *request;

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	request = mnl_nlmsg_put_extra_header(message, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = CONNECTED;
	return request;
}

static int fail(struct ipc *ipc, int ret)
{
	if (ret == -ENOENT || ret == -EPROTONOSUPPORT)
		return ipc_socket_fail(ipc, ENOENT, "the kernel does not tell of its sockets: 'modprobe tcp_diag' may help");
	return ipc_socket_fail(ipc, -ret, "cannot read the kernel's sockets: %s", strerror(-ret));
}

/**
 * ipc_diag_list() - read the connected sockets of the caller's network namespace
 * @ipc: for ipc_error()
 * @each: gets each socket, without what it tells of its connection
 * @data: for @each
 *
 * Return: 0; what @each returned; or another negative, with ipc_error().
 */
int ipc_diag_list(struct ipc *ipc, ipc_diag_each *each, void *data)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct diag_data answers = { .each = each, .data = data };
	char buffer[IPC_REQUEST_BYTES];
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		prepare(buffer, families[i], NLM_F_DUMP);
		ret = ipc_query(NETLINK_SOCK_DIAG, (void *)buffer, answer_diag, &answers);
		if (answers.result)
			return answers.result;
		/* A kernel without IPv6 has none of its sockets. */
		if (ret && !(families[i] == AF_INET6 && ret == -ENOENT))
			return fail(ipc, ret);
	}
	return 0;
}

static int take(const struct diag *diag, void *data)
{
	memcpy(data, diag, sizeof(*diag));
	return 0;
}

/**
 * ipc_diag_get() - read the socket of one end
 * @ipc: for ipc_error()
 * @flow: the connection
 * @end: which end
 * @diag: is filled; its family is 0 if the end has no socket in the caller's network namespace
 *
 * Return: 0 or negative, with ipc_error().
 */
int ipc_diag_get(struct ipc *ipc, const struct flow *flow, int end, struct diag *diag)
{
	const struct end *own = &flow->end[end], *other = &flow->end[!end];
	bool ipv4 = flow->family == TCPSTATE_FAMILY_IPV4;
	struct diag_data answers = { .each = take, .data = diag };
	char buffer[IPC_REQUEST_BYTES];
	struct inet_diag_req_v2 *request;
	int ret;

	memset(diag, 0, sizeof(*diag));
	request = prepare(buffer, ipv4 ? AF_INET : AF_INET6, NLM_F_ACK);
	request->idiag_ext = 1 << (INET_DIAG_INFO - 1) | 1 << (INET_DIAG_CONG - 1);
	memcpy(request->id.idiag_src, own->address, ipv4 ? 4 : 16);
	memcpy(request->id.idiag_dst, other->address, ipv4 ? 4 : 16);
	request->id.idiag_sport = htons(own->port);
	request->id.idiag_dport = htons(other->port);
	request->id.idiag_if = flow->ifindex;
	request->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	request->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	ret = ipc_query(NETLINK_SOCK_DIAG, (void *)buffer, answer_diag, &answers);
	/* The kernel says the same if there is no such socket, and if it cannot tell of any. */
	return ret && ret != -ENOENT ? fail(ipc, ret) : 0;
}
