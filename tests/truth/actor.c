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
 *   isn=NUMBER     of the SYN that it will send
 *   listen         at its own address, where nobody has listened before
 *   set=NAME:VALUE a socket option, see conn.c
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
 *   forge=FLAGS:SEQ[:ACK[:LEN[:badsum|old|echo]]]
 *                  a third host sends it a segment as if from the other end, by way of
 *                  segment.c: SEQ and ACK are added to what it expects, or replace that
 *                  if they begin with =; old: the segment's timestamp; echo: the
 *                  timestamp that it returns was never sent
 *   flush          the module forgets the connection in all namespaces
 *   after=MS       goes on after that time
 *
 * A step that fails, or is not done in time, ends the script: both ends are closed.
 * Prints a line "failed ID STEP ERROR" for each of those; for each open socket, before it
 * is closed, "info PORT END STATE SINCE UNTIL" with its tcp_info's state and ns of
 * CLOCK_BOOTTIME; then "done COUNT".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conn.h"
#include "flush.h"
#include "forge.h"
#include "verb.h"

#define STEP_MS 5000
#define TICK_MS 5

static struct conn *by_port[PORTS];
static struct conn *conns[PORTS];
static struct conn *running[PORTS];
static int n_conns, n_running;

static void finish(struct conn *c)
{
	conn_drop(c, CLIENT);
	conn_drop(c, SERVER);
	conn_stop_listening(c);
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
		err = verb_run(c, step);
		if (err == VERB_WAIT && conn_now_ms() - c->since_ms > STEP_MS)
			err = -ETIME;
		if (err == VERB_WAIT)
			return;
		if (err < 0) {
			printf("failed %s %s %s\n", c->id, step, strerrorname_np(-err));
			break;
		}
		c->step += len + strspn(c->step + len, " ");
		c->since_ms = conn_now_ms();
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
			conn_die("accept");
		if (fd < 0)
			return;
		c = by_port[conn_port(&sa)];
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

	conn_parse_address(&to, address, port);
	fd = conn_open(SERVER, &to, rest && strstr(rest, "mptcp"));
	if (fd < 0)
		conn_die("listener");
	while ((word = strsep(&rest, " ")))
		if (strchr(word, '=') && conn_set_option(fd, word, atoi(strchr(word, '=') + 1)))
			conn_die(word);
	if (listen(fd, atoi(backlog)))
		conn_die("listen");
	/* One that takes nobody in has a full queue soon. */
	if (atoi(backlog) > 1)
		conn_watch(fd, EPOLLIN, PORTS + fd);
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
		conn_parse_address(&c->address[end], address, port);
		c->fd[end] = -1;
	}
	c->step = rest;
	c->listener = -1;
	c->in = -1;
	conns[n_conns++] = c;
	by_port[conn_port(&c->address[CLIENT].sa)] = c;
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

static void serve(int timeout_ms)
{
	struct epoll_event events[64];
	int n = conn_ready(events, ARRAY_SIZE(events), timeout_ms);

	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 >= PORTS)
			take_accepted(events[i].data.u64 - PORTS);
		else if (by_port[events[i].data.u64]->running)
			proceed(by_port[events[i].data.u64]);
	}
}

/* Goes on with those that wait for their time, or do so for too long. */
static void tick(void)
{
	static long ticked;
	long now = conn_now_ms();

	if (now - ticked < TICK_MS)
		return;
	ticked = now;
	for (int i = n_running - 1; i >= 0; i--)
		if (i < n_running &&
		    (running[i]->timed || now - running[i]->since_ms > STEP_MS))
			proceed(running[i]);
}

int main(int argc, char **argv)
{
	int width = argc > 1 ? atoi(argv[1]) : 64;
	int next = 0;

	signal(SIGPIPE, SIG_IGN);
	verb_init();
	flush_init();
	if (argc > 3)
		forge_init(argv[2], argv[3]);
	conn_init();
	read_scripts();
	while (next < n_conns || n_running) {
		while (next < n_conns && n_running < width) {
			struct conn *c = conns[next++];

			c->running = true;
			c->since_ms = conn_now_ms();
			running[n_running++] = c;
			proceed(c);
			serve(0);
			tick();
		}
		serve(TICK_MS);
		tick();
	}
	printf("done %d\n", n_conns);
	return 0;
}
