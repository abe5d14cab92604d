// SPDX-License-Identifier: GPL-2.0-only
/*
 * agree: compares /proc/tcpstate with ss(8), until both show the same.
 *
 *   agree [-n NETNS] END
 *
 * From ss it takes the address and port, the peer's, and the state of each TCP socket
 * but listeners; from /proc/tcpstate the same of each end whose address is local, unless
 * its state is CLOSED or LISTEN. It compares the lines that have END, an ADDRESS:PORT or
 * :PORT, at either end. Scopes are left out: ss shows them for one end only. NETNS is one
 * of ip-netns(8), or "." for the one this was started in. Prints how many lines both
 * show. If they still differ after 20 seconds, it prints what each shows and exits with
 * status 1; wrong usage is status 2.
 */
#define _GNU_SOURCE
#include "table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT_MS 120000
#define SHOWN 256
#define LOCAL 32

struct sockets {
	char line[SHOWN][160];
	int n;
};

static struct sockets theirs, ours;
static char local[LOCAL][INET6_ADDRSTRLEN + 2];
static int n_local;
static const char *wanted;

/* The addresses of this namespace, as they stand in front of a port */
static void read_local(void)
{
	char text[INET6_ADDRSTRLEN];
	struct ifaddrs *all;

	if (getifaddrs(&all))
		table_die("getifaddrs", strerror(errno));
	for (struct ifaddrs *a = all; a; a = a->ifa_next) {
		int family = a->ifa_addr ? a->ifa_addr->sa_family : AF_UNSPEC;
		const void *address = &((struct sockaddr_in *)a->ifa_addr)->sin_addr;

		if (family == AF_INET6)
			address = &((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr;
		else if (family != AF_INET)
			continue;
		if (n_local == LOCAL)
			table_die("getifaddrs", "more addresses than there is room for");
		inet_ntop(family, address, text, sizeof(text));
		sprintf(local[n_local++], family == AF_INET6 ? "[%s]" : "%s", text);
	}
	freeifaddrs(all);
}

static bool is_local(const char *end)
{
	const char *port = strrchr(end, ':');

	if (!strncmp(end, "127.", 4))
		return true;
	for (int i = 0; port && i < n_local; i++)
		if (strlen(local[i]) == (size_t)(port - end) &&
		    !strncmp(local[i], end, port - end))
			return true;
	return false;
}

/* "[fe80::1%veth0]:5000" becomes "[fe80::1]:5000". */
static char *without_scope(char *end)
{
	char *from = strchr(end, '%');
	char *to = from ? strpbrk(from, "]:") : NULL;

	if (to)
		memmove(from, to, strlen(to) + 1);
	return end;
}

static bool is_wanted(const char *end)
{
	size_t len = strlen(end), tail = strlen(wanted);

	return len >= tail && !strcmp(end + len - tail, wanted);
}

static void add(struct sockets *sockets, const char *end, const char *peer, const char *state)
{
	if (!is_wanted(end) && !is_wanted(peer))
		return;
	if (sockets->n == SHOWN)
		table_die(wanted, "more lines than there is room for");
	snprintf(sockets->line[sockets->n++], sizeof(*sockets->line), "%s %s %s", end, peer,
		 state);
}

static const char *our_name(const char *state)
{
	static const char *const names[][2] = {
		{ "ESTAB",	"ESTABLISHED" },
		{ "SYN-SENT",	"SYN_SENT" },
		{ "SYN-RECV",	"SYN_RECEIVED" },
		{ "FIN-WAIT-1",	"FIN_WAIT_1" },
		{ "FIN-WAIT-2",	"FIN_WAIT_2" },
		{ "TIME-WAIT",	"TIME_WAIT" },
		{ "CLOSE-WAIT",	"CLOSE_WAIT" },
		{ "LAST-ACK",	"LAST_ACK" },
		{ "CLOSING",	"CLOSING" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(state, names[i][0]))
			return names[i][1];
	return NULL;
}

static void read_ss(void)
{
	char *const argv[] = { "ss", "-tanH", NULL };
	posix_spawn_file_actions_t actions;
	char *word[TABLE_WORDS];
	int fds[2], status;
	char line[1024];
	FILE *output;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		table_die("pipe", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	errno = posix_spawnp(&pid, "ss", &actions, NULL, argv, environ);
	if (errno)
		table_die("ss", strerror(errno));
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	output = fdopen(fds[0], "r");
	theirs.n = 0;
	while (output && fgets(line, sizeof(line), output))
		if (table_split(line, word) >= 5 && our_name(word[0]))
			add(&theirs, without_scope(word[3]), without_scope(word[4]),
			    our_name(word[0]));
	if (!output || fclose(output) || waitpid(pid, &status, 0) != pid || status)
		table_die("ss", "failed");
}

static void add_end(const char *end, const char *peer, const char *state)
{
	if (is_local(end) && strcmp(state, "CLOSED") && strcmp(state, "LISTEN"))
		add(&ours, end, peer, state);
}

static void read_proc(void)
{
	static const char *const names[] = {
		"initiator", "responder", "initiator_state", "responder_state",
	};
	char *word[TABLE_WORDS], *one, *two;
	char *rest = table_read();
	int column[4];
	int columns;

	ours.n = 0;
	columns = table_next(&rest, word, 0);
	for (int i = 0; i < 4; i++)
		column[i] = table_find_column(names[i], word, columns);
	while (table_next(&rest, word, columns)) {
		one = without_scope(word[column[0]]);
		two = without_scope(word[column[1]]);
		add_end(one, two, word[column[2]]);
		if (strcmp(one, two))
			add_end(two, one, word[column[3]]);
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool agree(void)
{
	qsort(theirs.line, theirs.n, sizeof(*theirs.line), compare_lines);
	qsort(ours.line, ours.n, sizeof(*ours.line), compare_lines);
	if (theirs.n != ours.n)
		return false;
	for (int i = 0; i < ours.n; i++)
		if (strcmp(theirs.line[i], ours.line[i]))
			return false;
	return true;
}

static void explain(void)
{
	for (int i = 0; i < theirs.n; i++)
		printf("# ss:             %s\n", theirs.line[i]);
	for (int i = 0; i < ours.n; i++)
		printf("# /proc/tcpstate: %s\n", ours.line[i]);
}

int main(int argc, char **argv)
{
	long deadline = table_now_ms() + TIMEOUT_MS;
	int opt;

	while ((opt = getopt(argc, argv, "n:")) != -1) {
		if (opt != 'n')
			return 2;
		table_enter(optarg);
	}
	if (optind != argc - 1)
		table_die("usage", "agree [-n NETNS] END");
	wanted = argv[optind];
	read_local();
	do {
		read_ss();
		read_proc();
		if (agree()) {
			printf("%d\n", ours.n);
			return 0;
		}
	} while (table_now_ms() <= deadline);
	explain();
	return 1;
}
