// SPDX-License-Identifier: GPL-2.0-only
/* See conn.h. */
#define _GNU_SOURCE
#include "conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static const struct {
	const char *name;
	int level;
	int optname;
} options[] = {
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE },
	{ "keepintvl", IPPROTO_TCP, TCP_KEEPINTVL },
	{ "keepcnt", IPPROTO_TCP, TCP_KEEPCNT },
	{ "usertimeout", IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY },
	{ "quickack", IPPROTO_TCP, TCP_QUICKACK },
	{ "cork", IPPROTO_TCP, TCP_CORK },
	{ "defer", IPPROTO_TCP, TCP_DEFER_ACCEPT },
	{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN },
	{ "linger2", IPPROTO_TCP, TCP_LINGER2 },
	{ "ttl", IPPROTO_IP, IP_TTL },
	{ "hops", IPPROTO_IPV6, IPV6_UNICAST_HOPS },
};

/* By end: the namespace, and inet_diag in it */
static int netns[2], diag[2];
static int netns_now = -1;
static int epoll;

static long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* The time of a clock that never steps */
long conn_now_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

noreturn void conn_die(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(int end)
{
	if (end == netns_now)
		return;
	if (setns(netns[end], CLONE_NEWNET))
		conn_die("setns");
	netns_now = end;
}

/* The result of a system call: 0, or the error as a negative number */
int conn_result(long value)
{
	return value < 0 ? -errno : 0;
}

void conn_parse_address(struct address *to, const char *text, const char *port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&to->sa;
	struct sockaddr_in *in = (struct sockaddr_in *)&to->sa;
	bool ipv6 = strchr(text, ':');

	memset(to, 0, sizeof(*to));
	to->sa.ss_family = ipv6 ? AF_INET6 : AF_INET;
	to->len = ipv6 ? sizeof(*in6) : sizeof(*in);
	/* The port lies at the same place in both. */
	in->sin_port = htons(atoi(port));
	if (inet_pton(to->sa.ss_family, text, ipv6 ? (void *)&in6->sin6_addr :
						     (void *)&in->sin_addr) != 1)
		conn_die(text);
}

unsigned int conn_port(const struct sockaddr_storage *sa)
{
	return ntohs(((const struct sockaddr_in *)sa)->sin_port);
}

/* NAME, up to a colon or an equals sign */
int conn_set_option(int fd, const char *name, int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strncmp(options[i].name, name, strcspn(name, ":=")) &&
		    strlen(options[i].name) == strcspn(name, ":="))
			return conn_result(setsockopt(fd, options[i].level,
						      options[i].optname, &value,
						      sizeof(value)));
	return -ENOPROTOOPT;
}

/* A socket, bound to its address, or a negative error */
int conn_open(int end, const struct address *address, bool mptcp)
{
	int one = 1;
	int fd;

	enter(end);
	fd = socket(address->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    mptcp ? IPPROTO_MPTCP : 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (const struct sockaddr *)&address->sa, address->len))
		return fd;
	one = -errno;
	close(fd);
	return one;
}

/* Nobody listens at its server's address before. */
int conn_listen(struct conn *c)
{
	c->listener = conn_open(SERVER, &c->address[SERVER], false);
	if (c->listener < 0)
		return c->listener;
	conn_watch(c->listener, EPOLLIN, PORTS + c->listener);
	return conn_result(listen(c->listener, 16));
}

/* For conn_ready(), which tells data. */
void conn_watch(int fd, unsigned int events, unsigned long data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) && errno == ENOENT)
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Once, under the port of its client */
void conn_arm(struct conn *c, int end, unsigned int events)
{
	conn_watch(c->fd[end], events | EPOLLONESHOT, conn_port(&c->address[CLIENT].sa));
}

/* Closes it, and prints its tcp_info before. */
void conn_drop(struct conn *c, int end)
{
	socklen_t len = sizeof(struct tcp_info);
	long since = now_ns(CLOCK_BOOTTIME);
	struct tcp_info info;

	if (c->fd[end] < 0)
		return;
	if (!getsockopt(c->fd[end], IPPROTO_TCP, TCP_INFO, &info, &len) &&
	    info.tcpi_state != TCP_CLOSE)
		printf("info %u %c %u %ld %ld\n", conn_port(&c->address[CLIENT].sa), "cs"[end],
		       info.tcpi_state, since, now_ns(CLOCK_BOOTTIME));
	close(c->fd[end]);
	c->fd[end] = -1;
}

void conn_stop_listening(struct conn *c)
{
	if (c->listener >= 0)
		close(c->listener);
	c->listener = -1;
}

static void put_id(const struct sockaddr_storage *sa, __be32 *addr, __be16 *port)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)sa;

	*port = in->sin_port;
	if (sa->ss_family == AF_INET6)
		memcpy(addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
	else
		memcpy(addr, &in->sin_addr, sizeof(in->sin_addr));
}

/* As ss -K does. */
int conn_destroy(struct conn *c, int end)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 req;
	} request = {
		.nlh.nlmsg_len = sizeof(request),
		.nlh.nlmsg_type = SOCK_DESTROY,
		.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		.req.sdiag_family = c->address[end].sa.ss_family,
		.req.sdiag_protocol = IPPROTO_TCP,
	};
	socklen_t len = sizeof(request.req.id.idiag_cookie);
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
		char rest[256];
	} answer;

	/* Without it, the listener would stand for one that is gone. */
	if (getsockopt(c->fd[end], SOL_SOCKET, SO_COOKIE, request.req.id.idiag_cookie, &len))
		return -errno;
	put_id(&c->address[end].sa, request.req.id.idiag_src, &request.req.id.idiag_sport);
	put_id(&c->address[!end].sa, request.req.id.idiag_dst, &request.req.id.idiag_dport);
	if (send(diag[end], &request, sizeof(request), 0) < 0 ||
	    recv(diag[end], &answer, sizeof(answer), 0) < 0)
		return -errno;
	return answer.err.error == -ENOENT || answer.err.error == -ESTALE ? 0 :
	       answer.err.error;
}

static void open_netns(int end, const char *path)
{
	netns[end] = open(path, O_RDONLY | O_CLOEXEC);
	if (netns[end] < 0)
		conn_die(path);
	enter(end);
	diag[end] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

void conn_init(void)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	open_netns(CLIENT, "/run/netns/client");
	open_netns(SERVER, "/run/netns/server");
}

/* What conn_watch() and conn_arm() have asked for: how many events there are. */
int conn_ready(struct epoll_event *events, int most, int timeout_ms)
{
	return epoll_wait(epoll, events, most, timeout_ms);
}
