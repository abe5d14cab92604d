// SPDX-License-Identifier: GPL-2.0-only
/*
 * actor: opens, uses and closes many TCP connections at once, each by a script.
 *
 *   actor WIDTH [IN OUT] <SCRIPTS
 *
 * WIDTH: how many at once. IN, OUT: FIFOs of segment.c, for forged segments.
 *
 * The client's end is in the network namespace "client", the server's in "server".
 * Lines of SCRIPTS:
 *
 *   listen ADDRESS PORT BACKLOG [NAME=VALUE | mptcp]...
 *   conn ID CLIENT PORT SERVER PORT STEP...
 *
 * The steps of a connection are taken one after the other, each when it can be; the
 * client's port tells connections apart. A step is END.VERB or END.VERB=ARGUMENT,
 * where END is c or s:
 *
 *   open[=mptcp]   a socket, bound to its address and port
 *   set=NAME:VALUE a socket option, see options[]
 *   dial           begins to connect and goes on
 *   connect        the same, but waits for the end of it
 *   fastopen=N     connects with N bytes for the SYN (RFC 7413)
 *   accept         waits for the connection to be accepted
 *   send=N oob=N   oob: the last byte is urgent
 *   recv=N         waits for so many
 *   readable       waits until there is something
 *   fill           sends until the buffers are full
 *   take           receives what the other end has filled
 *   pump=N         sends N bytes, which the other end receives
 *   eof            receives until the end
 *   over           waits until the connection has an error, or both directions ended
 *   shut           shuts its sending side down
 *   close
 *   reset          closes with SO_LINGER 0
 *   exit kill      a process of its own has the socket, and exits, or is killed
 *   destroy        as ss -K
 *   forge=FLAGS:SEQ[:ACK[:LEN[:badsum|old]]]
 *                  a third host sends it a segment as if from the other end, by way of
 *                  segment.c: SEQ and ACK are added to what it expects; old: its
 *                  timestamp
 *   after=MS       goes on after that time
 *
 * A step that fails, or is not done in time, ends the script: both ends are closed.
 * Prints a line "failed ID STEP ERROR" for each of those; for each open socket, before it
 * is closed, "info PORT END STATE SINCE UNTIL" with its tcp_info's state and ns of
 * CLOCK_BOOTTIME; then "done COUNT".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PORTS 65536
#define STEP_MS 5000
#define TICK_MS 5
/* The socket is to become ready before the step can be done. */
#define WAIT 1

enum { CLIENT, SERVER };

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct conn {
	const char *id;
	struct address address[2];
	int fd[2];
	/** @step: the rest of the script */
	char *step;
	long since_ms;
	/** @filled: bytes sent by fill that are not yet taken */
	size_t filled;
	/** @out: of pump, and @in: still to be sent and received; -1: not begun */
	long out;
	long in;
	bool dialling[2];
	/** @unsent: bytes that its SYN did not take */
	int unsent[2];
	bool running;
	/** @timed: nothing but time makes its step ready */
	bool timed;
};

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

static struct conn *by_port[PORTS];
static struct conn *conns[PORTS];
static struct conn *running[PORTS];
static int n_conns, n_running, netns[2], netns_now = -1;
static int epoll, diag[2];
static FILE *forger_in, *forger_out;
static char payload[1 << 16];

static long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static long now_ms(void)
{
	return now_ns(CLOCK_MONOTONIC) / 1000000;
}

static void die(const char *what)
{
	printf("error %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(int end)
{
	if (end == netns_now)
		return;
	if (setns(netns[end], CLONE_NEWNET))
		die("setns");
	netns_now = end;
}

static int result(long value)
{
	return value < 0 ? -errno : 0;
}

static void parse_address(struct address *to, const char *text, const char *port)
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
		die(text);
}

static unsigned int port_of(const struct sockaddr_storage *sa)
{
	return ntohs(((const struct sockaddr_in *)sa)->sin_port);
}

static int set_option(int fd, const char *name, int value)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strncmp(options[i].name, name, strcspn(name, ":=")) &&
		    strlen(options[i].name) == strcspn(name, ":="))
			return result(setsockopt(fd, options[i].level, options[i].optname,
						 &value, sizeof(value)));
	return -ENOPROTOOPT;
}

static int open_bound(int end, const struct address *address, bool mptcp)
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

static void watch(int fd, __u32 events, __u64 data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) && errno == ENOENT)
		epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void arm(struct conn *c, int end, __u32 events)
{
	watch(c->fd[end], events | EPOLLONESHOT, port_of(&c->address[CLIENT].sa));
}

static void drop(struct conn *c, int end)
{
	socklen_t len = sizeof(struct tcp_info);
	long since = now_ns(CLOCK_BOOTTIME);
	struct tcp_info info;

	if (c->fd[end] < 0)
		return;
	if (!getsockopt(c->fd[end], IPPROTO_TCP, TCP_INFO, &info, &len) &&
	    info.tcpi_state != TCP_CLOSE)
		printf("info %u %c %u %ld %ld\n", port_of(&c->address[CLIENT].sa), "cs"[end],
		       info.tcpi_state, since, now_ns(CLOCK_BOOTTIME));
	close(c->fd[end]);
	c->fd[end] = -1;
}

static int do_open(struct conn *c, int end, const char *arg)
{
	c->fd[end] = open_bound(end, &c->address[end], arg && !strcmp(arg, "mptcp"));
	if (c->fd[end] == -EMFILE || c->fd[end] == -ENFILE)
		die("socket");
	return c->fd[end] < 0 ? c->fd[end] : 0;
}

static int do_set(struct conn *c, int end, const char *arg)
{
	const char *value = strchr(arg, ':');

	return set_option(c->fd[end], arg, value ? atoi(value + 1) : 1);
}

static int do_dial(struct conn *c, int end, const char *arg)
{
	const struct address *to = &c->address[!end];
	int err;

	c->dialling[end] = true;
	if (arg) {
		err = result(sendto(c->fd[end], payload, atoi(arg), MSG_FASTOPEN,
				    (const struct sockaddr *)&to->sa, to->len));
		/* Without a cookie it takes none. */
		if (err)
			c->unsent[end] = atoi(arg);
	} else {
		err = result(connect(c->fd[end], (const struct sockaddr *)&to->sa, to->len));
	}
	return err == -EINPROGRESS ? 0 : err;
}

static int do_connect(struct conn *c, int end, const char *arg)
{
	socklen_t len = sizeof(int);
	struct tcp_info info;
	int error = 0, err;

	if (!c->dialling[end]) {
		err = do_dial(c, end, arg);
		if (err < 0)
			return err;
	}
	getsockopt(c->fd[end], SOL_SOCKET, SO_ERROR, &error, &len);
	len = sizeof(info);
	if (!error && !getsockopt(c->fd[end], IPPROTO_TCP, TCP_INFO, &info, &len) &&
	    (info.tcpi_state == TCP_SYN_SENT || info.tcpi_state == TCP_SYN_RECV)) {
		arm(c, end, EPOLLOUT);
		return WAIT;
	}
	c->dialling[end] = false;
	if (!error && c->unsent[end] &&
	    send(c->fd[end], payload, c->unsent[end], MSG_NOSIGNAL) < 0)
		error = errno;
	c->unsent[end] = 0;
	return -error;
}

/* The listener's connections are given out by take_accepted(). */
static int do_accept(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return c->fd[end] < 0 ? WAIT : 0;
}

static int do_send(struct conn *c, int end, const char *arg)
{
	return result(send(c->fd[end], payload, atoi(arg), MSG_NOSIGNAL));
}

static int do_oob(struct conn *c, int end, const char *arg)
{
	return result(send(c->fd[end], payload, atoi(arg), MSG_NOSIGNAL | MSG_OOB));
}

static int wait_readable(struct conn *c, int end)
{
	arm(c, end, EPOLLIN | EPOLLRDHUP);
	return WAIT;
}

static size_t at_most(size_t bytes)
{
	return bytes < sizeof(payload) ? bytes : sizeof(payload);
}

/* Receives what there is, up to @left bytes; returns 1 if more has to come. */
static int receive(struct conn *c, int end, long *left)
{
	while (*left > 0) {
		ssize_t got = recv(c->fd[end], payload, at_most(*left), 0);

		if (got < 0 && errno == EAGAIN)
			return wait_readable(c, end);
		if (got <= 0)
			return got ? -errno : -ENODATA;
		*left -= got;
	}
	return 0;
}

static int do_recv(struct conn *c, int end, const char *arg)
{
	int err;

	if (c->in < 0)
		c->in = atol(arg);
	err = receive(c, end, &c->in);
	if (err != WAIT)
		c->in = -1;
	return err;
}

static int do_readable(struct conn *c, int end, const char *arg)
{
	char byte;

	(void)arg;
	if (recv(c->fd[end], &byte, 1, MSG_PEEK) < 0)
		return errno == EAGAIN ? wait_readable(c, end) : -errno;
	return 0;
}

static int do_fill(struct conn *c, int end, const char *arg)
{
	ssize_t sent;

	(void)arg;
	while ((sent = send(c->fd[end], payload, sizeof(payload), MSG_NOSIGNAL)) > 0)
		c->filled += sent;
	return errno == EAGAIN ? 0 : -errno;
}

static int do_take(struct conn *c, int end, const char *arg)
{
	long left = c->filled;
	int err = receive(c, end, &left);

	(void)arg;
	c->filled = left;
	return err;
}

static int do_pump(struct conn *c, int end, const char *arg)
{
	ssize_t sent = 0;
	int err;

	if (c->in < 0) {
		c->in = atol(arg);
		c->out = c->in;
	}
	while (c->out && sent >= 0) {
		sent = send(c->fd[end], payload, at_most(c->out), MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return -errno;
		c->out -= sent > 0 ? sent : 0;
	}
	err = receive(c, !end, &c->in);
	if (err != WAIT)
		c->in = -1;
	else if (c->out)
		arm(c, end, EPOLLOUT);
	return err;
}

static int do_eof(struct conn *c, int end, const char *arg)
{
	ssize_t got;

	(void)arg;
	while ((got = recv(c->fd[end], payload, sizeof(payload), 0)) > 0)
		;
	if (got && errno == EAGAIN)
		return wait_readable(c, end);
	/* A reset is an end, too. */
	return got && errno != ECONNRESET ? -errno : 0;
}

static int do_over(struct conn *c, int end, const char *arg)
{
	socklen_t len = sizeof(struct tcp_info);
	struct tcp_info info;

	(void)arg;
	if (getsockopt(c->fd[end], IPPROTO_TCP, TCP_INFO, &info, &len))
		return -errno;
	if (info.tcpi_state == TCP_CLOSE)
		return 0;
	c->timed = true;
	return WAIT;
}

static int do_shut(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return result(shutdown(c->fd[end], SHUT_WR));
}

static int do_close(struct conn *c, int end, const char *arg)
{
	(void)arg;
	drop(c, end);
	return 0;
}

static int do_reset(struct conn *c, int end, const char *arg)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)arg;
	setsockopt(c->fd[end], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	drop(c, end);
	return 0;
}

/* The child has every descriptor, but is the last to have this one. */
static int leave_to_process(struct conn *c, int end, bool is_killed)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		/* Until the parent has closed its own. */
		close(ready[1]);
		if (read(ready[0], &byte, 1) < 0 || !is_killed)
			_exit(0);
		for (;;)
			pause();
	}
	close(ready[0]);
	drop(c, end);
	close(ready[1]);
	if (is_killed)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}

static int do_exit(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return leave_to_process(c, end, false);
}

static int do_kill(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return leave_to_process(c, end, true);
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

static int do_destroy(struct conn *c, int end, const char *arg)
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

	(void)arg;
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
	return result(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)));
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

static int do_forge(struct conn *c, int end, const char *arg)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN], answer[64];
	__u32 snd_nxt, rcv_nxt, now = 0;
	socklen_t size = sizeof(now);
	int seq = 0, ack = 0, len = 0;
	char flags[8], extra[16] = "";
	int err;

	if (!forger_in || c->fd[!end] < 0)
		return -EBADF;
	if (sscanf(arg, "%7[^:]:%d:%d:%d:%15s", flags, &seq, &ack, &len, extra) < 2)
		return -EINVAL;
	err = get_numbers(c->fd[end], &snd_nxt, &rcv_nxt);
	if (err)
		return err;
	getsockopt(c->fd[!end], IPPROTO_TCP, TCP_TIMESTAMP, &now, &size);
	fprintf(forger_in, "%s %u %s %u %s seq %u win 1000 len %d",
		show_address(&c->address[!end], source), port_of(&c->address[!end].sa),
		show_address(&c->address[end], destination), port_of(&c->address[end].sa),
		flags, rcv_nxt + seq, len);
	if (strchr(flags, '.'))
		fprintf(forger_in, " ack %u", snd_nxt + ack);
	if (!strcmp(extra, "old"))
		fprintf(forger_in, " ts %u 0", now - 1000000);
	fprintf(forger_in, "%s in\n", strcmp(extra, "badsum") ? "" : " badsum");
	fflush(forger_in);
	if (!fgets(answer, sizeof(answer), forger_out) || strcmp(answer, "ok\n"))
		return -EPROTO;
	return 0;
}

static int do_after(struct conn *c, int end, const char *arg)
{
	(void)end;
	c->timed = true;
	return now_ms() - c->since_ms < atol(arg) ? WAIT : 0;
}

static const struct {
	const char *name;
	int (*run)(struct conn *c, int end, const char *arg);
} verbs[] = {
	{ "open", do_open },		{ "set", do_set },
	{ "dial", do_dial },		{ "connect", do_connect },
	{ "fastopen", do_connect },	{ "accept", do_accept },
	{ "send", do_send },		{ "oob", do_oob },
	{ "recv", do_recv },		{ "readable", do_readable },
	{ "fill", do_fill },		{ "take", do_take },
	{ "pump", do_pump },		{ "eof", do_eof },
	{ "over", do_over },		{ "shut", do_shut },
	{ "close", do_close },		{ "reset", do_reset },
	{ "exit", do_exit },		{ "kill", do_kill },
	{ "destroy", do_destroy },	{ "forge", do_forge },
	{ "after", do_after },
};

static int run_step(struct conn *c, const char *step)
{
	int end = step[0] == 's' ? SERVER : CLIENT;
	size_t len = strcspn(step + 2, "=");

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const char *name = verbs[i].name;

		if (strncmp(step + 2, name, len) || name[len])
			continue;
		if (c->fd[end] < 0 && strcmp(name, "open") && strcmp(name, "accept") &&
		    strcmp(name, "after") && strcmp(name, "destroy"))
			return -EBADF;
		return verbs[i].run(c, end, step[2 + len] ? step + 3 + len : NULL);
	}
	return -EINVAL;
}

static void finish(struct conn *c)
{
	drop(c, CLIENT);
	drop(c, SERVER);
	c->running = false;
	for (int i = 0; i < n_running; i++)
		if (running[i] == c) {
			running[i] = running[--n_running];
			break;
		}
}

/* As far as it goes; false: the script is over. */
static void proceed(struct conn *c)
{
	char step[64];
	int err = 0;

	while (c->running && *c->step) {
		size_t len = strcspn(c->step, " ");

		snprintf(step, sizeof(step), "%.*s", (int)len, c->step);
		c->timed = false;
		err = run_step(c, step);
		if (err == WAIT && now_ms() - c->since_ms > STEP_MS)
			err = -ETIME;
		if (err == WAIT)
			return;
		if (err < 0) {
			printf("failed %s %s %s\n", c->id, step, strerrorname_np(-err));
			break;
		}
		c->step += len + strspn(c->step + len, " ");
		c->since_ms = now_ms();
	}
	finish(c);
}

static void take_accepted(int listener)
{
	struct sockaddr_storage sa;

	for (;;) {
		socklen_t len = sizeof(sa);
		int fd = accept4(listener, (struct sockaddr *)&sa, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);
		struct conn *c;

		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			die("accept");
		if (fd < 0)
			return;
		c = by_port[port_of(&sa)];
		if (!c || !c->running || c->fd[SERVER] >= 0) {
			close(fd);
			continue;
		}
		c->fd[SERVER] = fd;
		proceed(c);
	}
}

/* listen ADDRESS PORT BACKLOG [NAME=VALUE | mptcp]... */
static void do_listen(char *rest)
{
	char *address = strsep(&rest, " "), *port = strsep(&rest, " ");
	char *backlog = strsep(&rest, " "), *word;
	struct address to;
	int fd;

	parse_address(&to, address, port);
	fd = open_bound(SERVER, &to, rest && strstr(rest, "mptcp"));
	if (fd < 0)
		die("listener");
	while ((word = strsep(&rest, " ")))
		if (strchr(word, '=') && set_option(fd, word, atoi(strchr(word, '=') + 1)))
			die(word);
	if (listen(fd, atoi(backlog)))
		die("listen");
	/* One that takes nobody in has a full queue soon. */
	if (atoi(backlog) > 1)
		watch(fd, EPOLLIN, PORTS + fd);
}

/* conn ID CLIENT PORT SERVER PORT STEP... */
static void add_conn(char *rest)
{
	struct conn *c = calloc(1, sizeof(*c));
	char *address, *port;

	c->id = strsep(&rest, " ");
	for (int end = CLIENT; end <= SERVER; end++) {
		address = strsep(&rest, " ");
		port = strsep(&rest, " ");
		parse_address(&c->address[end], address, port);
		c->fd[end] = -1;
	}
	c->step = rest;
	c->in = -1;
	conns[n_conns++] = c;
	by_port[port_of(&c->address[CLIENT].sa)] = c;
}

static void read_scripts(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *copy;

		line[strcspn(line, "\n")] = '\0';
		copy = strdup(line);
		if (!strncmp(copy, "listen ", 7))
			do_listen(copy + 7);
		else if (!strncmp(copy, "conn ", 5))
			add_conn(copy + 5);
	}
}

static void open_netns(int end, const char *path)
{
	netns[end] = open(path, O_RDONLY | O_CLOEXEC);
	if (netns[end] < 0)
		die(path);
	enter(end);
	diag[end] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
}

static void serve(int timeout_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(epoll, events, ARRAY_SIZE(events), timeout_ms);

	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 >= PORTS)
			take_accepted(events[i].data.u64 - PORTS);
		else if (by_port[events[i].data.u64]->running)
			proceed(by_port[events[i].data.u64]);
	}
}

int main(int argc, char **argv)
{
	int width = argc > 1 ? atoi(argv[1]) : 64;
	long ticked = now_ms();
	int next = 0;

	signal(SIGPIPE, SIG_IGN);
	memset(payload, '.', sizeof(payload));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (argc > 3) {
		forger_in = fopen(argv[2], "w");
		forger_out = fopen(argv[3], "r");
	}
	open_netns(CLIENT, "/run/netns/client");
	open_netns(SERVER, "/run/netns/server");
	read_scripts();
	while (next < n_conns || n_running) {
		while (next < n_conns && n_running < width) {
			struct conn *c = conns[next++];

			c->running = true;
			c->since_ms = now_ms();
			running[n_running++] = c;
			proceed(c);
			serve(0);
		}
		serve(TICK_MS);
		if (now_ms() - ticked < TICK_MS)
			continue;
		/* Those that wait for their time, or do so for too long. */
		ticked = now_ms();
		for (int i = n_running - 1; i >= 0; i--)
			if (i < n_running &&
			    (running[i]->timed || ticked - running[i]->since_ms > STEP_MS))
				proceed(running[i]);
	}
	printf("done %d\n", n_conns);
	return 0;
}
