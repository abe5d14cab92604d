// SPDX-License-Identifier: GPL-2.0-only
/*
 * peer: real TCP and UDP sockets, in any network namespace, one step at a time.
 *
 * Reads commands from stdin, one on each line, and answers each with one line, "ok"
 * (and a result) or "error NAME". The caller chooses a word as the name of a socket:
 *
 *   open S 4|6 [NETNS]         socket() for TCP, in /run/netns/NETNS; ".": here
 *   udp S 4|6 [NETNS]          the same for UDP: bind, connect, send, receive and close it
 *   option S NAME VALUE        see options[] below; device takes a name
 *   own S UID                  gives the socket to another user
 *   cgroup FOLDER              moves this process, whose sockets are of that cgroup then
 *   bind S ADDRESS PORT
 *   listen S BACKLOG
 *   connect S ADDRESS PORT     begins to connect and does not wait
 *   fastopen S ADDRESS PORT TEXT   the same, with TEXT for the SYN (RFC 7413)
 *   connected S                waits for the end of that
 *   accept NEW S               waits for a connection to the listener S
 *   acceptable S               "ok" if there is one now
 *   send S TEXT [TIMES]        in TEXT, %0a is the byte 0x0a
 *   receive S BYTES            waits for so many; "ok TEXT", or "eof"
 *   pump FROM TO BYTES         sends at one end and receives at the other
 *   fill S                     sends until the buffers are full: "ok BYTES"
 *   drain S BYTES              receives and forgets so many
 *   shutdown S                 shuts its sending side down
 *   close S
 *   reset S                    closes with SO_LINGER 0
 *   port S                     "ok PORT", its own
 *   numbers S                  "ok SND.NXT RCV.NXT"
 *
 * A command that waits gives up after ten seconds: "error ETIMEDOUT".
 */
#define _GNU_SOURCE
#include "socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define WORDS 8
#define DEADLINE_MS 60000

static char buffer[1 << 18];

static const struct {
	const char *name;
	int level;
	int optname;
} options[] = {
	{ "reuseaddr", SOL_SOCKET, SO_REUSEADDR },
	{ "rcvbuf", SOL_SOCKET, SO_RCVBUF },
	{ "sndbuf", SOL_SOCKET, SO_SNDBUF },
	{ "keepalive", SOL_SOCKET, SO_KEEPALIVE },
	{ "keepidle", IPPROTO_TCP, TCP_KEEPIDLE },
	{ "keepintvl", IPPROTO_TCP, TCP_KEEPINTVL },
	{ "nodelay", IPPROTO_TCP, TCP_NODELAY },
	{ "quickack", IPPROTO_TCP, TCP_QUICKACK },
	{ "cork", IPPROTO_TCP, TCP_CORK },
	{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN },
	{ "transparent", IPPROTO_IP, IP_TRANSPARENT },
};

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Every command returns 0 or a negative errno; 1 when it has answered itself. */
static int result(long value)
{
	return value < 0 ? -errno : 0;
}

static int wait_for(int fd, short events, long deadline)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	long left = deadline - now_ms();
	int ready = poll(&pfd, 1, left > 0 ? (int)left : 0);

	if (ready < 0)
		return -errno;
	return ready ? 0 : -ETIMEDOUT;
}

/* open and udp */
static int do_open(char **w)
{
	int type = w[0][0] == 'u' ? SOCK_DGRAM : SOCK_STREAM;
	struct socket *s = socket_add(w[1]);

	if (!s)
		return -EEXIST;
	s->family = w[2] && *w[2] == '6' ? AF_INET6 : AF_INET;
	snprintf(s->netns, sizeof(s->netns), "%s", w[3] ? w[3] : ".");
	s->fd = socket_enter(s->netns);
	if (!s->fd)
		s->fd = socket(s->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd >= 0)
		return 0;
	s->name[0] = '\0';
	return -errno;
}

static int do_option(struct socket *s, char **w)
{
	int value = w[3] ? atoi(w[3]) : 1;

	if (!strcmp(w[2], "device"))
		return result(setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, w[3], strlen(w[3])));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(w[2], options[i].name))
			return result(setsockopt(s->fd, options[i].level,
						 options[i].optname,
						 &value, sizeof(value)));
	return -ENOPROTOOPT;
}

static int do_own(struct socket *s, char **w)
{
	return result(fchown(s->fd, atoi(w[2]), -1));
}

static int do_cgroup(char **w)
{
	char path[200];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/cgroup.procs", w[1]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = result(write(fd, "0", 1) == 1 ? 0 : -1);
	close(fd);
	return ret;
}

static int do_bind(struct socket *s, char **w)
{
	struct socket_address to;
	int one = 1;
	int err = socket_enter(s->netns);

	if (!err)
		err = socket_address(s, w[2], w[3], &to);
	if (err)
		return err;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return result(bind(s->fd, (struct sockaddr *)&to.sa, to.len));
}

static int do_listen(struct socket *s, char **w)
{
	return result(listen(s->fd, w[2] ? atoi(w[2]) : 8));
}

/* connect and fastopen */
static int do_connect(struct socket *s, char **w)
{
	struct socket_address to;
	int err = socket_enter(s->netns);

	if (!err)
		err = socket_address(s, w[2], w[3], &to);
	if (err)
		return err;
	if (w[0][0] == 'f')
		err = result(sendto(s->fd, w[4], strlen(w[4]), MSG_FASTOPEN,
				    (struct sockaddr *)&to.sa, to.len));
	else
		err = result(connect(s->fd, (struct sockaddr *)&to.sa, to.len));
	return err == -EINPROGRESS ? 0 : err;
}

static int do_connected(struct socket *s, char **w)
{
	int error = 0;
	socklen_t len = sizeof(error);
	int err = wait_for(s->fd, POLLOUT, now_ms() + DEADLINE_MS);

	(void)w;
	if (err)
		return err;
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return -error;
}

static int do_accept(char **w)
{
	struct socket *listener = w[2] ? socket_find(w[2]) : NULL;
	struct socket *s = socket_add(w[1]);
	int err;

	if (!listener || !s)
		return -EINVAL;
	err = wait_for(listener->fd, POLLIN, now_ms() + DEADLINE_MS);
	if (!err) {
		s->fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		err = result(s->fd);
	}
	s->family = listener->family;
	memcpy(s->netns, listener->netns, sizeof(s->netns));
	if (err)
		s->name[0] = '\0';
	return err;
}

static int do_acceptable(struct socket *s, char **w)
{
	(void)w;
	return wait_for(s->fd, POLLIN, 0);
}

/* Turns each %XX into its byte; returns the length. */
static size_t unescape(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++, to++) {
		char hex[3] = "";

		*to = *from;
		if (*from != '%' || !from[1] || !from[2])
			continue;
		memcpy(hex, from + 1, 2);
		*to = strtoul(hex, NULL, 16);
		from += 2;
	}
	return to - text;
}

static int do_send(struct socket *s, char **w)
{
	int times = w[3] ? atoi(w[3]) : 1;
	size_t len = unescape(w[2]);
	ssize_t sent;

	while (times--) {
		sent = send(s->fd, w[2], len, MSG_NOSIGNAL);
		if (sent < 0)
			return -errno;
		if ((size_t)sent != len)
			return -EAGAIN;
	}
	return 0;
}

static int receive(struct socket *s, char *to, size_t size, long deadline)
{
	ssize_t got = 0;
	int err = 0;

	while (!err && !got) {
		err = wait_for(s->fd, POLLIN, deadline);
		if (!err)
			got = recv(s->fd, to, size, 0);
		if (got < 0)
			return -errno;
		if (!err && !got)
			return -ENODATA;
	}
	return err ? err : (int)got;
}

/* receive shows what came, drain forgets it */
static int do_receive(struct socket *s, char **w)
{
	size_t wanted = strtoull(w[2], NULL, 10);
	long deadline = now_ms() + DEADLINE_MS;
	bool show = w[0][0] == 'r';
	size_t have = 0;

	if (show && wanted >= sizeof(buffer))
		return -EMSGSIZE;
	while (have < wanted) {
		size_t room = show ? wanted - have : sizeof(buffer);
		int got = receive(s, buffer + (show ? have : 0),
				  room < wanted - have ? room : wanted - have, deadline);

		if (got == -ENODATA) {
			puts("eof");
			return 1;
		}
		if (got < 0)
			return got;
		have += got;
	}
	if (!show)
		return 0;
	printf("ok %.*s\n", (int)have, buffer);
	return 1;
}

static int do_pump(struct socket *from, char **w)
{
	struct socket *to = socket_find(w[2]);
	unsigned long long left_out = strtoull(w[3], NULL, 10);
	unsigned long long left_in = left_out;
	long deadline = now_ms() + 6 * DEADLINE_MS;

	if (!to)
		return -EBADF;
	while (left_in) {
		struct pollfd pfd[2] = {
			{ .fd = from->fd, .events = left_out ? POLLOUT : 0 },
			{ .fd = to->fd, .events = POLLIN },
		};
		size_t most = left_out < sizeof(buffer) ? left_out : sizeof(buffer);
		ssize_t done;

		if (now_ms() > deadline || poll(pfd, 2, DEADLINE_MS) < 1)
			return -ETIMEDOUT;
		if (pfd[0].revents) {
			done = send(from->fd, buffer, most, MSG_NOSIGNAL);
			if (done < 0 && errno != EAGAIN)
				return -errno;
			left_out -= done > 0 ? done : 0;
		}
		if (!pfd[1].revents)
			continue;
		done = recv(to->fd, buffer, sizeof(buffer), 0);
		if (done <= 0)
			return done ? -errno : -ENODATA;
		left_in -= done;
	}
	return 0;
}

static int do_fill(struct socket *s, char **w)
{
	size_t total = 0;
	ssize_t sent;

	(void)w;
	/* The peer's buffer takes some of it a moment later. */
	while (!wait_for(s->fd, POLLOUT, now_ms() + 200)) {
		sent = send(s->fd, buffer, sizeof(buffer), MSG_NOSIGNAL);
		if (sent < 0)
			return -errno;
		total += sent;
	}
	printf("ok %zu\n", total);
	return 1;
}

static int do_shutdown(struct socket *s, char **w)
{
	(void)w;
	return result(shutdown(s->fd, SHUT_WR));
}

/* close and reset */
static int do_close(struct socket *s, char **w)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (w[0][0] == 'r')
		setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	s->name[0] = '\0';
	return result(close(s->fd));
}

static int do_port(struct socket *s, char **w)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	(void)w;
	if (getsockname(s->fd, (struct sockaddr *)&sa, &len))
		return -errno;
	/* The port lies at the same place in both families. */
	printf("ok %u\n", ntohs(((struct sockaddr_in *)&sa)->sin_port));
	return 1;
}

/* Read the numbers in TCP_REPAIR mode, which ends without a window probe. */
static int do_numbers(struct socket *s, char **w)
{
	int repair = TCP_REPAIR_ON, queues[] = { TCP_SEND_QUEUE, TCP_RECV_QUEUE };
	unsigned int numbers[2];
	socklen_t len = sizeof(numbers[0]);

	(void)w;
	if (setsockopt(s->fd, IPPROTO_TCP, TCP_REPAIR, &repair, sizeof(repair)))
		return -errno;
	for (int i = 0; i < 2; i++) {
		setsockopt(s->fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queues[i], sizeof(queues[i]));
		getsockopt(s->fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &numbers[i], &len);
	}
	repair = TCP_REPAIR_OFF_NO_WP;
	if (setsockopt(s->fd, IPPROTO_TCP, TCP_REPAIR, &repair, sizeof(repair)))
		return -errno;
	printf("ok %u %u\n", numbers[0], numbers[1]);
	return 1;
}

static const struct {
	const char *verb;
	/** @words: the least number of words, including the verb */
	int words;
	int (*run)(struct socket *s, char **w);
	/** @create: used instead by a command that makes a new socket */
	int (*create)(char **w);
} commands[] = {
	{ "open", 3, NULL, do_open },
	{ "udp", 3, NULL, do_open },
	{ "option", 4, do_option, NULL },
	{ "own", 3, do_own, NULL },
	{ "cgroup", 2, NULL, do_cgroup },
	{ "bind", 4, do_bind, NULL },
	{ "listen", 3, do_listen, NULL },
	{ "connect", 4, do_connect, NULL },
	{ "fastopen", 5, do_connect, NULL },
	{ "connected", 2, do_connected, NULL },
	{ "accept", 3, NULL, do_accept },
	{ "acceptable", 2, do_acceptable, NULL },
	{ "send", 3, do_send, NULL },
	{ "receive", 3, do_receive, NULL },
	{ "drain", 3, do_receive, NULL },
	{ "pump", 4, do_pump, NULL },
	{ "fill", 2, do_fill, NULL },
	{ "shutdown", 2, do_shutdown, NULL },
	{ "close", 2, do_close, NULL },
	{ "reset", 2, do_close, NULL },
	{ "port", 2, do_port, NULL },
	{ "numbers", 2, do_numbers, NULL },
};

static int run(char *line)
{
	char *w[WORDS + 1] = { NULL };
	struct socket *s;
	int words = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = strtok(line, " "); at && words < WORDS; at = strtok(NULL, " "))
		w[words++] = at;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!words || strcmp(w[0], commands[i].verb))
			continue;
		if (words < commands[i].words)
			return -EINVAL;
		if (commands[i].create)
			return commands[i].create(w);
		s = socket_find(w[1]);
		return s ? commands[i].run(s, w) : -EBADF;
	}
	return -EINVAL;
}

int main(void)
{
	char line[4096];

	signal(SIGPIPE, SIG_IGN);
	memset(buffer, '.', sizeof(buffer));
	socket_init();
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (fgets(line, sizeof(line), stdin)) {
		int err = run(line);

		if (err < 0)
			printf("error %s\n", strerrorname_np(-err));
		else if (!err)
			puts("ok");
	}
	return 0;
}
