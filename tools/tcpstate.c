// SPDX-License-Identifier: GPL-2.0-only
/* tcpstate: the commands, and what is common to them. */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "netns.h"
#include "options.h"

static const struct command commands[] = {
	{ "list", OPTIONS_FILTER, "List connections.", "jqwrOLH", list_run, list_check,
	  NULL },
	{ "show", "ID|TUPLE|FILTER", "Show all that is known of one connection.", "j",
	  show_run, show_check, NULL },
	{ "explain", "ID|TUPLE|FILTER", "Say in sentences what goes on, and what comes next.", "",
	  explain_run, show_check, NULL },
	{ "top", OPTIONS_FILTER, "Group connections, and rank the groups.", "jBrOLHwDc",
	  top_run, top_check, top_notes },
	{ "watch", OPTIONS_FILTER, "Watch connections, in a full screen.", "ds",
	  watch_run, watch_check, NULL },
	{ "events", OPTIONS_FILTER, "Print transitions as they happen.", "jcktw",
	  events_run, NULL, NULL },
	{ "trace", OPTIONS_FILTER, "Draw the segments that move the states of both ends.",
	  "jctSbwFT", trace_run, trace_check, NULL },
	{ "stats", "", "Print totals and counters.", "jaDc", stats_run, NULL, NULL },
	{ "metrics", "", "Print metrics for Prometheus.", "ol", metrics_run, NULL,
	  metrics_notes },
	{ "flush", OPTIONS_FILTER, "Forget connections; they themselves go on.", "f",
	  flush_run, flush_check, NULL },
	{}
};

int main(int argc, char **argv)
{
	struct options options;
	struct ipc *ipc;
	int status;

	/* Not LC_NUMERIC, with which a number could have a comma for its point. */
	setlocale(LC_CTYPE, "");
	options_parse(&options, commands, argc, argv);
	if (options.netns && netns_enter(options.netns))
		return STATUS_FAILURE;
	options_check(&options);
	ipc = ipc_open();
	if (!ipc) {
		fprintf(stderr, "tcpstate: %s\n", strerror(ENOMEM));
		return STATUS_FAILURE;
	}
	if (*ipc_error(ipc))
		status = options_fail(ipc);
	else
		status = options.command->run(ipc, &options);
	ipc_close(ipc);
	return options_finish(status);
}
