// SPDX-License-Identifier: GPL-2.0-only
/* See verb.h. */
#include "verb.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flush.h"
#include "forge.h"
#include "repair.h"

static char payload[1 << 16];

static int do_open(struct conn *c, int end, const char *arg)
{
	c->dialling[end] = false;
	c->fd[end] = conn_open(end, &c->address[end], arg && !strcmp(arg, "mptcp"));
	if (c->fd[end] == -EMFILE || c->fd[end] == -ENFILE)
		conn_die("socket");
	return c->fd[end] < 0 ? c->fd[end] : 0;
}

static int do_set(struct conn *c, int end, const char *arg)
{
	const char *value = strchr(arg, ':');

	return conn_set_option(c->fd[end], arg, value ? atoi(value + 1) : 1);
}

static int do_isn(struct conn *c, int end, const char *arg)
{
	return repair_set_isn(c->fd[end], strtoul(arg, NULL, 0));
}

static int do_listen(struct conn *c, int end, const char *arg)
{
	(void)end;
	(void)arg;
	return conn_listen(c);
}

static int do_dial(struct conn *c, int end, const char *arg)
{
	const struct address *to = &c->address[!end];
	int err;

	c->dialling[end] = true;
	if (arg) {
		err = conn_result(sendto(c->fd[end], payload, atoi(arg), MSG_FASTOPEN,
					 (const struct sockaddr *)&to->sa, to->len));
		/* Without a cookie it takes none. */
		if (err)
			c->unsent[end] = atoi(arg);
	} else {
		err = conn_result(connect(c->fd[end], (const struct sockaddr *)&to->sa, to->len));
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
		conn_arm(c, end, EPOLLOUT);
		return VERB_WAIT;
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
	return c->fd[end] < 0 ? VERB_WAIT : 0;
}

static int do_send(struct conn *c, int end, const char *arg)
{
	return conn_result(send(c->fd[end], payload, atoi(arg), MSG_NOSIGNAL));
}

static int do_oob(struct conn *c, int end, const char *arg)
{
	return conn_result(send(c->fd[end], payload, atoi(arg), MSG_NOSIGNAL | MSG_OOB));
}

static int wait_readable(struct conn *c, int end)
{
	conn_arm(c, end, EPOLLIN | EPOLLRDHUP);
	return VERB_WAIT;
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
	if (err != VERB_WAIT)
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
	if (err != VERB_WAIT)
		c->in = -1;
	else if (c->out)
		conn_arm(c, end, EPOLLOUT);
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
	return VERB_WAIT;
}

static int do_shut(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return conn_result(shutdown(c->fd[end], SHUT_WR));
}

static int do_close(struct conn *c, int end, const char *arg)
{
	(void)arg;
	conn_drop(c, end);
	return 0;
}

static int do_reset(struct conn *c, int end, const char *arg)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	(void)arg;
	setsockopt(c->fd[end], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	conn_drop(c, end);
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
	conn_drop(c, end);
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

static int do_destroy(struct conn *c, int end, const char *arg)
{
	(void)arg;
	return conn_destroy(c, end);
}

static int do_flush(struct conn *c, int end, const char *arg)
{
	(void)end;
	(void)arg;
	flush_connection(c);
	return 0;
}

static int do_after(struct conn *c, int end, const char *arg)
{
	(void)end;
	c->timed = true;
	return conn_now_ms() - c->since_ms < atol(arg) ? VERB_WAIT : 0;
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
	{ "destroy", do_destroy },	{ "forge", forge_segment },
	{ "after", do_after },		{ "isn", do_isn },
	{ "listen", do_listen },	{ "flush", do_flush },
};

/* END.VERB or END.VERB=ARGUMENT. Returns 0, VERB_WAIT or a negative error. */
int verb_run(struct conn *c, const char *step)
{
	int end = step[0] == 's' ? SERVER : CLIENT;
	size_t len = strcspn(step + 2, "=");

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const char *name = verbs[i].name;

		if (strncmp(step + 2, name, len) || name[len])
			continue;
		if (c->fd[end] < 0 && strcmp(name, "open") && strcmp(name, "accept") &&
		    strcmp(name, "after") && strcmp(name, "destroy") && strcmp(name, "listen"))
			return -EBADF;
		return verbs[i].run(c, end, step[2 + len] ? step + 3 + len : NULL);
	}
	return -EINVAL;
}

void verb_init(void)
{
	memset(payload, '.', sizeof(payload));
}
