// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate: the commands, and what is common to them. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "moment.h"
#include "netns.h"
#include "options.h"

static const struct command commands[] = {
	{ "list", OPTIONS_FILTER, "List connections.", "jqweEsOLHApx", list_run, list_check,
	  NULL },
	{ "show", "ID|TUPLE|FILTER", "Show all that is known of one connection.", "jpx",
	  show_run, show_check, NULL },
	{ "explain", "ID|TUPLE|FILTER", "Say in sentences what goes on, and what comes next.", "",
	  explain_run, show_check, NULL },
	{ "top", OPTIONS_FILTER, "Group connections, and rank the groups.", "jBeEsOLHwDcA",
	  top_run, top_check, top_notes },
	{ "watch", OPTIONS_FILTER, "Watch connections, in a full screen.", "ds",
	  watch_run, watch_check, NULL },
	{ "events", OPTIONS_FILTER, "Print transitions as they happen.", "jcketwA",
	  events_run, NULL, NULL },
	{ "trace", OPTIONS_FILTER, "Draw the segments that move the states of both ends.",
	  "jcetSbwGFT", trace_run, trace_check, NULL },
	{ "log", OPTIONS_FILTER, "Print a line for each connection that ends.", "AjciHetwO",
	  log_run, log_check, NULL },
	{ "record", OPTIONS_FILE, "Record connections and events, for --read.", "RK",
	  record_run, record_check, NULL },
	{ "stats", "", "Print totals and counters.", "jaDcA", stats_run, NULL, NULL },
	{ "metrics", "", "Print metrics for Prometheus.", "olA", metrics_run, metrics_check,
	  metrics_notes },
	{ "flush", OPTIONS_FILTER, "Forget connections; they themselves go on.", "f",
	  flush_run, NULL, NULL },
	{}
};

/* What the commands ask: the kernel, or a recording at the time that was asked for. */
static struct ipc *open_ipc(const struct options *options)
{
	struct ipc *ipc = options->read ? ipc_open_recording(options->read) :
			  options->all_netns ? ipc_open_all() : ipc_open();
	uint64_t time_ns, ms;

	/* Only some commands are about a time, and not about events. */
	if (!ipc || *ipc_error(ipc) || !options->read || !strchr(options->command->options, 'E'))
		return ipc;
	if (!options->at) {
		ipc_go_to_end(ipc);
		return ipc;
	}
	ipc_go_to_begin(ipc);
	if (*ipc_error(ipc))
		return ipc;
	if (!moment_parse(options->at, &time_ns))
		options_usage(options, "'%s' after '--at': %s%s%sexpected a time such as 18:50:11, 2026-11-22T18:50:11+0100, +5m (after the recording began) or 123.45 (seconds since boot)",
			      options->at, parse_duration(options->at, &ms) ? "did you mean '+" : "",
			      parse_duration(options->at, &ms) ? options->at : "",
			      parse_duration(options->at, &ms) ? "'? " : "");
	ipc_go_to_time(ipc, time_ns);
	return ipc;
}

int main(int argc, char **argv)
{
	struct options options;
	const char *unread;
	struct ipc *ipc;
	int status;

	/* Not LC_NUMERIC, with which a number could have a comma for its point. */
	setlocale(LC_CTYPE, "");
	options_parse(&options, commands, argc, argv);
	if (options.netns && netns_enter(options.netns))
		return STATUS_FAILURE;
	options_check(&options);
	options_check_verdict(&options, &options.filter);
	ipc = open_ipc(&options);
	if (!ipc) {
		fprintf(stderr, "tcpstate: %s\n", strerror(ENOMEM));
		return STATUS_FAILURE;
	}
	if (*ipc_error(ipc))
		status = options_fail(ipc);
	else
		status = options.command->run(ipc, &options);
	status = options_finish(status);
	unread = ipc_unread(ipc);
	if (*unread && status == STATUS_OK)
		fprintf(stderr, "tcpstate: %s\n", unread);
	ipc_close(ipc);
	return status;
}
