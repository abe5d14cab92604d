// SPDX-License-Identifier: GPL-2.0-only
/* The command line: which command, its options, its words. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "module.h"
#include "option.h"
#include "version.h"

/*
 * The keys of the options that all commands take, and of those that may stand before a
 * command, although not all take them.
 */
#define COMMON	"NnChV"
#define GLOBAL	COMMON "jA"
#define MAX_OPTIONS	24
#define MAX_COMMANDS	24

/* What getopt_long() wants, of those options whose keys are in a string. */
struct chosen {
	const struct option_spec *spec[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS];
	char shorts[2 * MAX_OPTIONS + 3];
	int n;
};

/**
 * options_usage() - end with one line on what was wrong
 * @options: as far as they are known
 * @format: as for printf()
 */
void options_usage(const struct options *options, const char *format, ...)
{
	va_list args;

	fputs("tcpstate: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see 'tcpstate%s%s --help'\n", options->command ? " " : "",
		options->command ? options->command->name : "");
	exit(STATUS_USAGE);
}

/**
 * options_finish() - write what is buffered for stdout
 * @status: what the tool would end with
 *
 * Prints a message if the disk is full, but none if the reader of a pipe has gone.
 *
 * Return: @status, or STATUS_FAILURE if something could not be written.
 */
int options_finish(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	if (errno != EPIPE)
		fprintf(stderr, "tcpstate: cannot write: %s\n", strerror(errno));
	return STATUS_FAILURE;
}

/**
 * options_fail() - print why a request to the kernel failed
 * @ipc: where
 *
 * Return: STATUS_FAILURE.
 */
int options_fail(const struct ipc *ipc)
{
	fflush(stdout);
	fprintf(stderr, "tcpstate: %s\n", ipc_error(ipc));
	return STATUS_FAILURE;
}

static void choose(struct chosen *chosen, const char *keys, bool in_order)
{
	char *shorts = chosen->shorts;

	memset(chosen, 0, sizeof(*chosen));
	if (in_order)
		*shorts++ = '+';
	*shorts++ = ':';
	for (size_t i = 0; i < option_n; i++) {
		const struct option_spec *spec = &option_specs[i];

		if (!strchr(keys, spec->key))
			continue;
		chosen->longs[chosen->n] = (struct option){
			.name = spec->name,
			.has_arg = spec->argument ? required_argument : no_argument,
			.val = spec->letter,
		};
		chosen->spec[chosen->n++] = spec;
		*shorts++ = spec->letter;
		if (spec->argument)
			*shorts++ = ':';
	}
}

/* Print the options of @keys, in the order of the table. */
static void print_options(const char *keys)
{
	for (size_t i = 0; i < option_n; i++) {
		const struct option_spec *spec = &option_specs[i];
		char text[40];

		if (!strchr(keys, spec->key))
			continue;
		snprintf(text, sizeof(text), "-%c, --%s%s%s", spec->letter, spec->name,
			 spec->argument ? " " : "", spec->argument ? spec->argument : "");
		printf("  %-24s %s\n", text, spec->help);
	}
}

static void print_commands(FILE *file, const struct command *commands)
{
	fprintf(file, "usage: tcpstate [OPTION...] COMMAND [ARGUMENT...]\n\n"
		"Shows TCP connections, with the RFC 9293 state of both ends of each, as the\n"
		"kernel module tcpstate sees them pass.\n\n");
	for (const struct command *command = commands; command->name; command++)
		fprintf(file, "  %-8s %-15s %s\n", command->name, command->arguments,
			command->summary);
}

/* A filter may be one of the things that a command takes. */
static bool takes_filter(const struct command *command)
{
	return strstr(command->arguments, "FILTER");
}

/* How many words of a command come before its filter; -1 if it takes other words, or none. */
static int words_before_filter(const struct command *command)
{
	if (!strcmp(command->arguments, OPTIONS_FILTER))
		return 0;
	return strcmp(command->arguments, OPTIONS_FILE) ? -1 : 1;
}

static __noreturn void print_help(const struct options *options,
				  const struct command *commands)
{
	const struct command *command = options->command;

	if (command) {
		printf("usage: tcpstate %s [OPTION...]%s%s\n\n%s\n\n", command->name,
		       *command->arguments ? " " : "", command->arguments, command->summary);
		print_options(command->options);
	} else {
		print_commands(stdout, commands);
		printf("\n");
	}
	print_options(COMMON);
	if (command && takes_filter(command))
		filter_print_help(stdout);
	if (command && command->notes)
		printf("\n%s", command->notes);
	if (!command)
		printf("\n'tcpstate help COMMAND' lists the options of a command, tcpstate(8) all.\n");
	exit(options_finish(STATUS_OK));
}

static void set(struct options *options, const struct command *commands,
		const struct option_spec *spec, const char *argument)
{
	char version[MODULE_VERSION];

	switch (spec->key) {
	case 'h':
		print_help(options, commands);
	case 'V':
		printf("tcpstate %s\n", TCPSTATE_VERSION);
		if (module_version(version))
			printf("module %s\n", version);
		exit(options_finish(STATUS_OK));
	default:
		option_set(options, spec, argument);
	}
}

static const struct option_spec *spec_of(const struct chosen *chosen, int letter)
{
	int i = 0;

	while (chosen->spec[i]->letter != letter)
		i++;
	return chosen->spec[i];
}

/* The option that getopt_long() stumbled over, as it was written. */
static const char *wrong_option(char **argv, int before)
{
	static char letter[3] = "-";
	/* It is a long option, not one of a cluster of letters. */
	const char *word = argv[optind > before ? optind - 1 : before];

	if (!strncmp(word, "--", 2) || !optopt)
		return word;
	letter[1] = optopt;
	return letter;
}

/* The option with that letter or name which another command takes, as it was written; or NULL */
static const struct option_spec *spec_written(const char *keys, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < option_n; i++) {
		const struct option_spec *spec = &option_specs[i];
		bool same = strncmp(word, "--", 2) ? word[1] == spec->letter :
			    strlen(spec->name) == len - 2 &&
			    !strncmp(word + 2, spec->name, len - 2);

		if (same && strchr(keys, spec->key))
			return spec;
	}
	return NULL;
}

/* End with which commands take an option that this one does not; return if there is none. */
static void refuse_elsewhere(const struct options *options, const struct command *commands,
			     const char *word)
{
	const struct option_spec *spec;
	char text[512] = "";

	/* It is a limit on rows; these commands have a limit on events or connections. */
	spec = spec_written("L", word);
	if (spec && strchr(options->command->options, 'c'))
		options_usage(options, "'%s': no such option here: did you mean '--count'?", word);
	for (const struct command *command = commands; command->name; command++) {
		spec = spec_written(command->options, word);
		if (spec)
			format_append(text, sizeof(text), "%s'%s --%s'", *text ? ", " : "",
				      command->name, spec->name);
	}
	if (*text)
		options_usage(options, "'%s': no such option here, but there is %s", word, text);
}

/* End with what is wrong with an option, and with the one that was meant, probably. */
static __noreturn void refuse_option(const struct options *options,
				     const struct command *commands,
				     const struct chosen *chosen, const char *word)
{
	const char *names[MAX_OPTIONS], *closest = NULL;
	const struct parse_names table = { names, chosen->n };
	char name[32];

	for (int i = 0; i < chosen->n; i++)
		names[i] = chosen->longs[i].name;
	if (!strncmp(word, "--", 2)) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
		closest = parse_closest(name, &table);
	}
	if (options->command)
		refuse_elsewhere(options, commands, word);
	if (closest)
		options_usage(options, "'%s': no such option%s: did you mean '--%s'?", word,
			      options->command ? " here" : "", closest);
	options_usage(options, "'%s': no such option%s", word, options->command ? " here" : "");
}

/* Sets the options of @keys, up to the first word, or to the end. */
static void parse(struct options *options, const struct command *commands, const char *keys,
		  bool in_order, int argc, char **argv)
{
	struct chosen chosen;
	int letter, before;

	choose(&chosen, keys, in_order);
	/* 0 resets getopt in glibc; with 1 it would remember the options read before. */
	optind = 0;
	opterr = 0;
	while (before = optind ? optind : 1,
	       (letter = getopt_long(argc, argv, chosen.shorts, chosen.longs, NULL)) != -1) {
		if (letter == ':')
			options_usage(options, "'%s': expected something after it",
				      wrong_option(argv, before));
		if (letter == '?')
			refuse_option(options, commands, &chosen, wrong_option(argv, before));
		set(options, commands, spec_of(&chosen, letter), optarg);
	}
}

static const struct command *find_command(const struct command *commands, const char *name)
{
	for (; commands->name; commands++)
		if (!strcmp(commands->name, name))
			return commands;
	return NULL;
}

static const struct command *get_command(const struct options *options,
					 const struct command *commands, const char *name)
{
	const struct command *command = find_command(commands, name);
	const char *names[MAX_COMMANDS];
	struct parse_names table = { names, 0 };
	const char *closest;

	if (command)
		return command;
	while (commands[table.n].name && table.n < MAX_COMMANDS) {
		names[table.n] = commands[table.n].name;
		table.n++;
	}
	closest = parse_closest(name, &table);
	if (closest)
		options_usage(options, "'%s': no such command: did you mean '%s'?", name, closest);
	options_usage(options, "'%s': no such command", name);
}

/**
 * options_parse() - read the command line, and end the program if it is wrong
 * @options: is filled
 * @commands: the commands, ended by one without a name
 * @argc: main()'s argument
 * @argv: main()'s argument
 */
void options_parse(struct options *options, const struct command *commands, int argc,
		   char **argv)
{
	char keys[64];

	memset(options, 0, sizeof(*options));
	options->interval_ms = 1000;
	option_set_color(options, "auto");
	parse(options, commands, GLOBAL, true, argc, argv);
	argc -= optind;
	argv += optind;
	if (!argc) {
		print_commands(stderr, commands);
		exit(STATUS_USAGE);
	}
	if (!strcmp(argv[0], "help") && argc == 1)
		print_help(options, commands);
	if (!strcmp(argv[0], "help")) {
		options->command = get_command(options, commands, argv[1]);
		print_help(options, commands);
	}
	options->command = get_command(options, commands, argv[0]);
	snprintf(keys, sizeof(keys), "%s%s", COMMON, options->command->options);
	if (options->json && !strchr(keys, 'j'))
		options_usage(options, "'--json': no such option here");
	if (options->all_netns && !strchr(keys, 'A'))
		options_usage(options, "'--all-netns': no such option here");
	parse(options, commands, keys, false, argc, argv);
	options->words = argv + optind;
	options->n_words = argc - optind;
	if (options->n_words == 1 && !strcmp(options->words[0], "help"))
		print_help(options, commands);
	if (options->all_netns && options->read)
		options_usage(options, "'--all-netns' and '--read': expected one of them");
	if ((options->process || options->nat) && options->read)
		options_usage(options, "'--%s' and '--read': a recording has none: expected one of them",
			      options->process ? "process" : "nat");
	if (options->all_netns && options->netns)
		options_usage(options, "'--all-netns' and '--netns': expected one of them");
	if (!*options->command->arguments && options->n_words)
		options_usage(options, "'%s': expected nothing more", options->words[0]);
}

/* Refuse what a FILTER cannot ask of a recording, instead of finding nothing. */
static void check_recorded(const struct options *options)
{
	/* A command that takes a time is about the table, and not about events. */
	if (strchr(options->command->options, 'E') &&
	    filter_has(&options->filter, TCPSTATE_A_FILTER_MIN_IDLE_MS))
		options_usage(options, "'idle': a recording has only the segments that have moved a state: expected 'in-state' with '--read'");
}

/* An interface has another number where the recording was made, and perhaps no name here. */
static void check_interfaces(const struct options *options)
{
	for (int i = 0; options->read && i < options->n_words; i++)
		if (strchr(options->words[i], '%'))
			options_usage(options, "'%s': interfaces are not those of this machine: expected the address without '%%' with '--read'",
				      options->words[i]);
}

/**
 * options_check_verdict() - end the program if a filter on the table asks for what it never has
 * @options: what was asked for
 * @filter: the filter
 */
void options_check_verdict(const struct options *options, const struct filter *filter)
{
	char error[PARSE_ERROR];
	/* Those that take --time, and record, are about events, which have all verdicts. */
	bool events = strchr(options->command->options, 't') ||
		      !strcmp(options->command->arguments, OPTIONS_FILE);

	if (!events && filter_check_table(filter, error, sizeof(error)))
		options_usage(options, "%s", error);
}

/**
 * options_check() - read the words of the command, and end the program if one is wrong
 * @options: after options_parse()
 *
 * The caller is in the network namespace that it asks about: names of interfaces are those there.
 */
void options_check(struct options *options)
{
	int before = words_before_filter(options->command);
	char error[PARSE_ERROR];

	if (options->at && !options->read)
		options_usage(options, "'--at': expected '--read' as well");
	if (options->netns && options->read)
		options_usage(options, "'--netns': a recording has one network namespace");
	if (before > options->n_words)
		options_usage(options, "expected the name of a file");
	check_interfaces(options);
	if (before >= 0 &&
	    filter_parse(&options->filter, options->words + before, options->n_words - before,
			 error, sizeof(error)))
		options_usage(options, "%s", error);
	if (options->all_netns && filter_has(&options->filter, TCPSTATE_A_FILTER_IFINDEX))
		options_usage(options, "'%%' after an address: an interface is in one network namespace: expected '--netns' instead of '--all-netns'");
	if (options->read)
		check_recorded(options);
	if (options->command->check)
		options->command->check(options);
}
