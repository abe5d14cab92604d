/* SPDX-License-Identifier: GPL-2.0-only */
/* A connection that is played: its two sockets, each in a namespace of its own. */
#ifndef TESTS_TRUTH_CONN_H
#define TESTS_TRUTH_CONN_H

#include <stdbool.h>
#include <stdio.h>
#include <stdnoreturn.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* A client's port is the number of its connection. */
#define PORTS 65536

enum { CLIENT, SERVER };

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
};

struct conn {
	const char *id;
	struct address address[2];
	int fd[2];
	/** @listener: its own, or -1 */
	int listener;
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

noreturn void conn_die(const char *what);
long conn_now_ms(void);
int conn_result(long value);
void conn_parse_address(struct address *to, const char *text, const char *port);
unsigned int conn_port(const struct sockaddr_storage *sa);

void conn_init(void);
int conn_open(int end, const struct address *address, bool mptcp);
int conn_listen(struct conn *c);
int conn_set_option(int fd, const char *name, int value);
void conn_watch(int fd, unsigned int events, unsigned long data);
int conn_ready(struct epoll_event *events, int most, int timeout_ms);
void conn_arm(struct conn *c, int end, unsigned int events);
void conn_drop(struct conn *c, int end);
void conn_stop_listening(struct conn *c);
int conn_destroy(struct conn *c, int end);

#endif
