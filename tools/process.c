// SPDX-License-Identifier: GPL-2.0-only
/* The processes of both ends, and what their sockets tell, as list and show print them. */
#include "process.h"

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "json.h"
#include "sockets.h"
#include "term.h"

/* So many processes have room in a cell. */
#define CELL_HOLDERS	3

/* The user of an end: of its socket, or, if that is gone, the one that the record has kept. */
static bool user_of(const struct flow *flow, int end, uint32_t *uid)
{
	const struct end *it = &flow->end[end];

	*uid = it->socket->diag.inode ? it->socket->diag.uid : it->uid;
	return it->socket->diag.inode || record_has(it, TCPSTATE_A_END_UID);
}

/**
 * process_cell() - the processes of an end as one word: "nc,pid=12,fd=3"
 * @flow: the connection, after sockets_join()
 * @end: which end
 * @text: room for it
 * @size: of @text
 *
 * Several are joined by semicolons. "uid=1000" stands for processes that are not shown, and for
 * those that had the socket before it was closed; a dash for an end that is not local.
 */
void process_cell(const struct flow *flow, int end, char *text, size_t size)
{
	const struct socket *socket = flow->end[end].socket;
	char name[SOCKETS_NAME];
	unsigned int i;
	uint32_t uid;

	*text = '\0';
	for (i = 0; i < socket->n_holders && i < CELL_HOLDERS; i++) {
		format_word(socket->holder[i].name, name, sizeof(name));
		for (char *c = name; *c; c++)
			if (*c == ',' || *c == ';')
				*c = '?';
		format_append(text, size, "%s%s,pid=%d,fd=%d", i ? ";" : "", name,
			      socket->holder[i].pid, socket->holder[i].fd);
	}
	if (i < socket->n_holders + socket->more)
		format_append(text, size, ";+%u", socket->n_holders + socket->more - i);
	if (i)
		return;
	if (user_of(flow, end, &uid))
		format_append(text, size, "uid=%u", uid);
	else
		format_append(text, size, "-");
}

/**
 * process_shorten() - leave out the file descriptors of process_cell(): "nc,pid=12"
 * @text: the cell
 */
void process_shorten(char *text)
{
	char *fd;

	while ((fd = strstr(text, ",fd="))) {
		size_t len = strcspn(fd, ";");

		memmove(fd, fd + len, strlen(fd + len) + 1);
	}
}

static void json_info(const struct diag *diag)
{
	const struct diag_info *info = &diag->info;

	json_open("tcp_info", '{');
	json_number("rtt_us", info->rtt_us);
	json_number("rttvar_us", info->rttvar_us);
	json_number("rto_us", info->rto_us);
	json_number("mss", info->mss);
	json_number("cwnd", info->cwnd);
	json_maybe("ssthresh", info->ssthresh != UINT32_MAX, info->ssthresh);
	json_number("unacked", info->unacked);
	json_number("total_retrans", info->total_retrans);
	json_string("congestion", *info->congestion ? info->congestion : NULL);
	json_close('}');
}

/**
 * process_json() - the processes of an end as keys of its object
 * @flow: the connection, after sockets_join()
 * @end: which end
 */
void process_json(const struct flow *flow, int end)
{
	const struct socket *socket = flow->end[end].socket;

	json_open("process", '[');
	for (unsigned int i = 0; i < socket->n_holders; i++) {
		json_open(NULL, '{');
		json_string("name", socket->holder[i].name);
		json_number("pid", socket->holder[i].pid);
		json_number("fd", socket->holder[i].fd);
		json_close('}');
	}
	json_close(']');
	if (socket->diag.has_info)
		json_info(&socket->diag);
}

static void show_end(const struct flow *flow, int end)
{
	const struct socket *socket = flow->end[end].socket;
	const char *label = format_name(FORMAT_ROLE, end);
	char name[SOCKETS_NAME];

	for (unsigned int i = 0; i < socket->n_holders; i++) {
		format_word(socket->holder[i].name, name, sizeof(name));
		printf("  %-16s%s, pid %d, fd %d\n", label, name, socket->holder[i].pid,
		       socket->holder[i].fd);
		label = "";
	}
	if (socket->more)
		printf("  %-16sand %u more\n", label, socket->more);
	if (socket->n_holders)
		return;
	if (socket->diag.inode)
		printf("  %-16snot shown, of user %u\n", label, socket->diag.uid);
	else
		printf("  %-16s%s\n", label, socket->diag.tuple.family ?
		       "none: it has closed its socket" : "none here");
}

static void show_numbers(const struct flow *flow, const char *label, size_t where)
{
	printf("  %-16s", label);
	for (int end = 0; end < 2; end++) {
		const struct diag *diag = &flow->end[end].socket->diag;
		const uint32_t *number = (const void *)((const char *)&diag->info + where);
		char text[FORMAT_NUMBER];

		printf("%*s", end ? 15 : 14, format_number(diag->has_info &&
							   *number != UINT32_MAX, *number, text));
	}
	putchar('\n');
}

/**
 * process_show() - print the processes of both ends, and what their sockets tell
 * @flow: the connection, after sockets_join()
 */
void process_show(const struct flow *flow)
{
	const struct diag *one = &flow->end[0].socket->diag, *two = &flow->end[1].socket->diag;

	printf("\n%sprocesses%s\n", term_color(TERM_HEADING), term_color(TERM_PLAIN));
	show_end(flow, TCPSTATE_INITIATOR);
	show_end(flow, TCPSTATE_RESPONDER);
	if (!one->has_info && !two->has_info)
		return;
	printf("\n%s  %-16s%14s %14s%s\n", term_color(TERM_HEADING), "socket",
	       format_name(FORMAT_ROLE, TCPSTATE_INITIATOR),
	       format_name(FORMAT_ROLE, TCPSTATE_RESPONDER), term_color(TERM_PLAIN));
	show_numbers(flow, "round trip, us", offsetof(struct diag_info, rtt_us));
	show_numbers(flow, "variation, us", offsetof(struct diag_info, rttvar_us));
	show_numbers(flow, "timeout, us", offsetof(struct diag_info, rto_us));
	show_numbers(flow, "segment size", offsetof(struct diag_info, mss));
	show_numbers(flow, "cwnd, segments", offsetof(struct diag_info, cwnd));
	show_numbers(flow, "ssthresh", offsetof(struct diag_info, ssthresh));
	show_numbers(flow, "unacknowledged", offsetof(struct diag_info, unacked));
	show_numbers(flow, "retransmitted", offsetof(struct diag_info, total_retrans));
	printf("  %-16s%14s %14s\n", "congestion", *one->info.congestion ? one->info.congestion :
	       "-", *two->info.congestion ? two->info.congestion : "-");
}
