// SPDX-License-Identifier: GPL-2.0-only
/* The words that a FILTER is made of: what each of them asks for. */
#include "filter_words.h"

#include <ctype.h>
#include <pwd.h>
#include <string.h>

#include "format.h"

/* What a word asks for, which it has yet to set */
static void begin(struct condition *condition, unsigned int attribute)
{
	memset(condition, 0, sizeof(*condition));
	condition->asked = 1u << attribute;
}

static void *place(struct condition *condition, const struct word *word)
{
	return (char *)condition + word->where;
}

/* "a, b or c" */
static void join(char *text, size_t size, const struct parse_names *table)
{
	*text = '\0';
	for (size_t i = 0; i < table->n; i++)
		if (table->names[i])
			format_append(text, size, "%s%s",
				      !*text ? "" : i + 1 == table->n ? " or " : ", ",
				      table->names[i]);
}

/* Say which names were expected, and which of them was meant, probably. */
static int expected_one(struct reader *reader, const char *what, const struct parse_names *table)
{
	const char *closest = parse_closest(reader->token, table);
	char expected[PARSE_ERROR];

	join(expected, sizeof(expected), table);
	if (closest)
		return filter_fail(reader, "%s: did you mean '%s'? (expected %s)", what, closest,
			    expected);
	return filter_fail(reader, "%s: expected %s", what, expected);
}

/* States as ss, netstat and conntrack write them. */
static bool parse_other_state(const char *text, size_t len, unsigned int *value)
{
	static const struct {
		const char *name;
		unsigned int state;
	} others[] = {
		{ "ESTAB", TCPSTATE_ESTABLISHED }, { "SYN_RECV", TCPSTATE_SYN_RECEIVED },
		{ "SYN_RCVD", TCPSTATE_SYN_RECEIVED }, { "FIN_WAIT1", TCPSTATE_FIN_WAIT_1 },
		{ "FIN_WAIT2", TCPSTATE_FIN_WAIT_2 },
		{ "LISTENING", TCPSTATE_LISTEN }, { "CLOSE", TCPSTATE_CLOSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (!parse_equal(text, len, others[i].name))
			continue;
		*value = others[i].state;
		return true;
	}
	return false;
}

/* Several names, joined by commas. */
static int parse_mask(struct reader *reader, const struct word *word)
{
	const struct parse_names *table = format_names(word->value);
	struct condition condition;
	char *name = reader->token;
	char what[PARSE_ERROR];
	unsigned int value;
	uint32_t *mask;

	begin(&condition, word->attribute);
	mask = place(&condition, word);
	for (;;) {
		size_t len = strcspn(name, ",");

		if (!parse_name(name, len, table, &value) &&
		    !(word->value == FORMAT_STATE && parse_other_state(name, len, &value))) {
			snprintf(what, sizeof(what), "'%.*s' after '%s'", (int)len, name,
				 word->name);
			memmove(reader->token, name, len);
			reader->token[len] = '\0';
			return expected_one(reader, what, table);
		}
		*mask |= 1u << value;
		if (!name[len])
			return filter_add(reader, &condition);
		name += len + 1;
	}
}

/* Add a further one of several values, of which one is enough, and which commas join. */
static int add_value(struct reader *reader, const struct condition *condition, bool first)
{
	if (filter_add(reader, condition))
		return -1;
	return first ? 0 : filter_operate(reader, TCPSTATE_OPERATOR_OR);
}

static void set_match(struct condition *condition, const struct word *word,
		      const struct parse_match *match)
{
	struct parse_match *to = place(condition, word);

	*to = *match;
	if (!match->ifindex)
		return;
	condition->asked |= 1u << TCPSTATE_A_FILTER_IFINDEX;
	condition->ifindex = match->ifindex;
	to->ifindex = 0;
}

static int parse_port_list(struct reader *reader, const struct word *word)
{
	char list[sizeof(reader->token)], *rest = list, *value;
	struct condition condition;

	memcpy(list, reader->token, sizeof(list));
	for (bool first = true; (value = strsep(&rest, ",")); first = false) {
		struct parse_match match = {};

		if (!parse_ports(value, &match))
			return filter_fail(reader, "'%s' after '%s': expected a port from 0 to 65535, a range such as 1024-65535, or the name of a service",
					   value, word->name);
		begin(&condition, word->attribute);
		set_match(&condition, word, &match);
		if (add_value(reader, &condition, first))
			return -1;
	}
	return 0;
}

/* Ends; a port alone, after an end with a port, is one of the same address. */
static int parse_end_list(struct reader *reader, const struct word *word)
{
	char list[sizeof(reader->token)], *rest = list, *value;
	struct parse_match match = {};
	struct condition condition;

	memcpy(list, reader->token, sizeof(list));
	for (bool first = true; (value = strsep(&rest, ",")); first = false) {
		struct parse_match before = match;

		if (!parse_match(value, &match)) {
			match = before;
			if (!before.has_port || !parse_ports(value, &match))
				return filter_fail(reader, "'%s' after '%s': expected an address, such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1:80, ::1, [::1]:443 or fe80::1%%eth0, or a port, such as :80 or :1024-65535",
						   value, word->name);
		}
		begin(&condition, word->attribute);
		set_match(&condition, word, &match);
		if (add_value(reader, &condition, first))
			return -1;
	}
	return 0;
}

/* A number, or the name that getpwnam() has for it */
static bool parse_user(const char *text, uint32_t *uid)
{
	const struct passwd *user;
	uint64_t number;

	if (parse_number(text, UINT32_MAX, &number)) {
		*uid = number;
		return true;
	}
	user = *text ? getpwnam(text) : NULL;
	if (user)
		*uid = user->pw_uid;
	return user;
}

static int parse_owner_list(struct reader *reader, const struct word *word)
{
	char list[sizeof(reader->token)], *rest = list, *value;
	struct condition condition;

	memcpy(list, reader->token, sizeof(list));
	for (bool first = true; (value = strsep(&rest, ",")); first = false) {
		begin(&condition, word->attribute);
		if (!parse_user(value, place(&condition, word)))
			return filter_fail(reader, "'%s' after '%s': expected the name of a user, or his number",
					   value, word->name);
		if (add_value(reader, &condition, first))
			return -1;
	}
	return 0;
}

/* At least one segment was sent again. */
static int parse_retransmitted(struct reader *reader, const struct word *word)
{
	struct condition condition;

	begin(&condition, word->attribute);
	condition.min_retransmits = word->value;
	return filter_add(reader, &condition);
}

static int expected_time(struct reader *reader, const char *name)
{
	return filter_fail(reader, "'%s' after '%s': expected a time, such as 500ms, 5s, 2m, 1.5h or 1d",
			   reader->token, name);
}

static int parse_time(struct reader *reader, const struct word *word)
{
	struct condition condition;

	begin(&condition, word->attribute);
	if (!parse_duration(reader->token, place(&condition, word)))
		return expected_time(reader, word->name);
	return filter_add(reader, &condition);
}

/* "syn 100ms" or "ack 100ms" */
static int parse_slower(struct reader *reader, const struct word *word)
{
	bool ack = parse_equal(reader->token, strlen(reader->token), "ack");
	const char *name = ack ? "slower ack" : "slower syn";
	struct condition condition;
	uint64_t us;
	int ret;

	if (!ack && !parse_equal(reader->token, strlen(reader->token), "syn"))
		return filter_fail(reader, "'%s' after '%s': expected syn (from SYN to SYN/ACK) or ack (from SYN/ACK to ACK)",
				   reader->token, word->name);
	ret = filter_next(reader);
	if (!ret)
		return filter_fail(reader, "'%s': expected TIME after it", name);
	if (ret < 0)
		return ret;
	if (!parse_duration_us(reader->token, &us))
		return expected_time(reader, name);
	if (us > UINT32_MAX)
		us = UINT32_MAX;
	begin(&condition, ack ? TCPSTATE_A_FILTER_MIN_ACK_US : TCPSTATE_A_FILTER_MIN_SYN_US);
	*(ack ? &condition.min_ack_us : &condition.min_syn_us) = us;
	return filter_add(reader, &condition);
}

static int parse_family(struct reader *reader, const struct word *word)
{
	struct condition condition;

	begin(&condition, word->attribute);
	condition.family = word->value;
	return filter_add(reader, &condition);
}

#define AT(member)	offsetof(struct condition, member)

const struct word filter_words[FILTER_WORDS] = {
	{ "state", "STATE[,STATE...]", "either end is in one of these states",
	  parse_mask, TCPSTATE_A_FILTER_STATES, AT(states), FORMAT_STATE },
	{ "initiator-state", "STATE[,STATE...]", "the initiator is in one of them",
	  parse_mask, TCPSTATE_A_FILTER_INITIATOR_STATES,
	  AT(end_states[TCPSTATE_INITIATOR]), FORMAT_STATE },
	{ "responder-state", "STATE[,STATE...]", "the responder is in one of them",
	  parse_mask, TCPSTATE_A_FILTER_RESPONDER_STATES,
	  AT(end_states[TCPSTATE_RESPONDER]), FORMAT_STATE },
	{ "initiator", "ADDR[/LEN][:PORT[-PORT]]", "the end that sent the first SYN",
	  parse_end_list, TCPSTATE_A_FILTER_INITIATOR, AT(end[TCPSTATE_INITIATOR]), 0 },
	{ "responder", "ADDR[/LEN][:PORT[-PORT]]", "the other end",
	  parse_end_list, TCPSTATE_A_FILTER_RESPONDER, AT(end[TCPSTATE_RESPONDER]), 0 },
	{ "host", "ADDR[/LEN][:PORT[-PORT]]", "one end or the other",
	  parse_end_list, TCPSTATE_A_FILTER_EITHER, AT(either), 0 },
	{ "port", "PORT[-PORT][,PORT...]", "port of one end or the other",
	  parse_port_list, TCPSTATE_A_FILTER_EITHER, AT(either), 0 },
	{ "phase", "PHASE[,PHASE...]", "it is in one of these phases",
	  parse_mask, TCPSTATE_A_FILTER_PHASES, AT(phases), FORMAT_PHASE },
	{ "verdict", "VERDICT[,VERDICT...]", "how it ended; none if it has not",
	  parse_mask, TCPSTATE_A_FILTER_VERDICTS, AT(verdicts), FORMAT_VERDICT },
	{ "flag", "FLAG[,FLAG...]", "it has all of these flags",
	  parse_mask, TCPSTATE_A_FILTER_FLAGS, AT(flags), FORMAT_FLAG },
	{ "older", "TIME", "at least that old, such as 5s",
	  parse_time, TCPSTATE_A_FILTER_MIN_AGE_MS, AT(min_age_ms), 0 },
	{ "younger", "TIME", "at most that old",
	  parse_time, TCPSTATE_A_FILTER_MAX_AGE_MS, AT(max_age_ms), 0 },
	{ "idle", "TIME", "no segment for at least so long",
	  parse_time, TCPSTATE_A_FILTER_MIN_IDLE_MS, AT(min_idle_ms), 0 },
	{ "in-state", "TIME", "no transition for so long",
	  parse_time, TCPSTATE_A_FILTER_MIN_IN_STATE_MS, AT(min_in_state_ms), 0 },
	{ "slower", "syn|ack TIME", "its SYN/ACK, or ACK, took so long",
	  parse_slower, 0, 0, 0 },
	{ "retransmitted", NULL, "an end has sent segments again",
	  parse_retransmitted, TCPSTATE_A_FILTER_MIN_RETRANSMITS, AT(min_retransmits), 1 },
	{ "owner", "USER[,USER...]", "a socket of it belongs to that user",
	  parse_owner_list, TCPSTATE_A_FILTER_UID, AT(uid), 0 },
	{ "ipv4", NULL, "it is of that family",
	  parse_family, TCPSTATE_A_FILTER_FAMILY, AT(family), TCPSTATE_FAMILY_IPV4 },
	{ "ipv6", NULL, "it is of that family",
	  parse_family, TCPSTATE_A_FILTER_FAMILY, AT(family), TCPSTATE_FAMILY_IPV6 },
};

/*
 * What to write for the words of ss, tcpdump and conntrack, which have another meaning there, and
 * for the names of columns.
 */
static const char *foreign_word(const char *token)
{
	static const struct {
		const char *name;
		const char *instead;
	} others[] = {
		{ "src", "'initiator' (the end that sent the first SYN) or 'host'" },
		{ "dst", "'responder' (the end that the first SYN went to) or 'host'" },
		{ "sport", "'initiator :PORT' (the end that sent the first SYN) or 'port PORT'" },
		{ "dport", "'responder :PORT' (the end that it went to) or 'port PORT'" },
		{ "net", "'host ADDR/LEN'" },
		{ "uid", "'owner USER'" }, { "user", "'owner USER'" },
		{ "unanswered", "'phase open'" }, { "age", "'older TIME' or 'younger TIME'" },
		{ "syn_us", "'slower syn TIME'" }, { "ack_us", "'slower ack TIME'" },
		{ "retransmits", "'retransmitted'" },
		{ "closer", "another word: 'top --by closer' groups by it, and 'log' prints it" },
		{ "-4", "'ipv4'" }, { "-6", "'ipv6'" },
		{ "&&", "'and'" }, { "&", "'and'" }, { "||", "'or'" }, { "|", "'or'" },
		{ "!", "'not'" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (parse_equal(token, strlen(token), others[i].name))
			return others[i].instead;
	return NULL;
}

/* The words of a filter that take this as their argument: "'state closed' or 'phase closed'" */
static void words_before(const char *token, char *text, size_t size)
{
	*text = '\0';
	for (size_t i = 0; i < FILTER_WORDS; i++) {
		const struct word *word = &filter_words[i];
		unsigned int value;

		if (word->parse != parse_mask || strchr(word->name, '-'))
			continue;
		if (parse_name(token, strlen(token), format_names(word->value), &value) ||
		    (word->value == FORMAT_STATE &&
		     parse_other_state(token, strlen(token), &value)))
			format_append(text, size, "%s'%s %s'", *text ? " or " : "", word->name,
				      token);
	}
}

static int unknown_word(struct reader *reader)
{
	static const char * const operators[] = { "and", "or", "not" };
	const struct parse_names operator_table = { operators, ARRAY_SIZE(operators) };
	const char *instead = foreign_word(reader->token);
	const char *names[FILTER_WORDS];
	const struct parse_names table = { names, FILTER_WORDS };
	char text[PARSE_ERROR];

	if (instead)
		return filter_fail(reader, "'%s': expected %s", reader->token, instead);
	words_before(reader->token, text, sizeof(text));
	if (*text)
		return filter_fail(reader, "'%s': expected %s", reader->token, text);
	for (size_t i = 0; i < FILTER_WORDS; i++)
		names[i] = filter_words[i].name;
	instead = parse_closest(reader->token, &operator_table);
	if (instead && !parse_closest(reader->token, &table))
		return filter_fail(reader, "'%s': did you mean '%s'?", reader->token, instead);
	snprintf(text, sizeof(text), "'%s'", reader->token);
	return expected_one(reader, text, &table);
}

static const struct word *find_word(const char *token)
{
	for (size_t i = 0; i < FILTER_WORDS; i++)
		if (parse_equal(token, strlen(token), filter_words[i].name))
			return &filter_words[i];
	return NULL;
}

/* The word that an address or a number, or several, need before them, and lack */
static const struct word *implied_word(const char *token)
{
	char first[sizeof(((struct reader *)NULL)->token)];
	struct parse_match match;

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(token, ","), token);
	if (isdigit((unsigned char)*first) && parse_ports(first, &match))
		return find_word("port");
	return parse_match(first, &match) ? find_word("host") : NULL;
}

/**
 * filter_word() - read what the word in the token asks for
 * @reader: where the filter is read
 * @seen: a bit for each word since the last operator; a word may not come twice
 *
 * Return: 0, or -1 with an error message.
 */
int filter_word(struct reader *reader, uint32_t *seen)
{
	const struct word *word = find_word(reader->token);
	bool implied = false;
	int ret;

	if (!word) {
		word = implied_word(reader->token);
		implied = true;
	}
	if (!word)
		return unknown_word(reader);
	if (implied && *seen & 1u << (word - filter_words))
		return filter_fail(reader, "'%s': another %s: expected 'and' before it for connections that have both, or 'or' if one is enough",
				   reader->token, word->parse == parse_port_list ? "port" :
				   "address");
	if (word->attribute && *seen & 1u << (word - filter_words))
		return filter_fail(reader, "'%s': it occurs twice: expected 'or' before it if one is enough, 'and' if both have to hold",
				   word->name);
	*seen |= 1u << (word - filter_words);
	if (word->argument && !implied) {
		ret = filter_next(reader);
		if (!ret)
			return filter_fail(reader, "'%s': expected %s after it", word->name,
					   word->argument);
		if (ret < 0)
			return ret;
	}
	return word->parse(reader, word);
}
