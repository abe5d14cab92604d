// SPDX-License-Identifier: GPL-2.0-only
/* Labels that the caller adds to every series of metrics. */
#include "label.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

/* What the metrics themselves use. */
static const char * const taken[] = {
	"from", "kind", "le", "module", "reason", "role", "state", "verdict", "version",
};

/* Whether a text is UTF-8: Prometheus refuses everything else. */
static bool is_utf8(const char *text)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before;
	bool valid;

	/* Without that locale, only ASCII passes. */
	before = utf8 ? uselocale(utf8) : (locale_t)0;
	valid = mbstowcs(NULL, text, 0) != (size_t)-1;
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return valid;
}

static bool same_name(const char *text, const char *other, size_t length)
{
	return !strncmp(text, other, length) && (other[length] == '=' || !other[length]);
}

/**
 * label_add() - check a label, and keep it
 * @labels: where
 * @text: NAME=VALUE, which has to stay
 * @error: gets what is wrong with it
 * @size: of @error
 *
 * Return: whether it is right.
 */
bool label_add(struct labels *labels, const char *text, char *error, size_t size)
{
	size_t length = strspn(text, LETTERS "0123456789");

	if (text[length] != '=' || !length || !strspn(text, LETTERS)) {
		snprintf(error, size,
			 "expected NAME=VALUE, where NAME has letters, digits and _, and begins with no digit");
		return false;
	}
	if (!strncmp(text, "__", 2)) {
		snprintf(error, size, "Prometheus keeps names that begin with __ for itself");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		if (same_name(text, taken[i], length)) {
			snprintf(error, size, "the metrics have a label '%s' of their own",
				 taken[i]);
			return false;
		}
	}
	for (int i = 0; i < labels->n; i++) {
		if (same_name(text, labels->text[i], length)) {
			snprintf(error, size, "there is a label of that name already");
			return false;
		}
	}
	if (!text[length + 1]) {
		snprintf(error, size, "expected a value: to Prometheus, an empty one is none");
		return false;
	}
	if (!is_utf8(text + length + 1)) {
		snprintf(error, size, "expected a value in UTF-8");
		return false;
	}
	if (labels->n == ARRAY_SIZE(labels->text)) {
		snprintf(error, size, "expected at most %zu labels", ARRAY_SIZE(labels->text));
		return false;
	}
	labels->text[labels->n++] = text;
	return true;
}

/**
 * label_is_there() - is there a label of that name?
 * @labels: the labels
 * @name: the name
 *
 * Return: whether there is.
 */
bool label_is_there(const struct labels *labels, const char *name)
{
	for (int i = 0; i < labels->n; i++)
		if (same_name(labels->text[i], name, strlen(name)) &&
		    labels->text[i][strlen(name)] == '=')
			return true;
	return false;
}

/**
 * label_print_value() - write the value of a label as Prometheus reads it
 * @file: where
 * @value: the value; what is not UTF-8 in it becomes a question mark
 */
void label_print_value(FILE *file, const char *value)
{
	bool valid = is_utf8(value);

	putc('"', file);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", file);
		else if (*value == '"' || *value == '\\')
			fprintf(file, "\\%c", *value);
		else
			putc(valid || !(*value & 0x80) ? *value : '?', file);
	}
	putc('"', file);
}

/**
 * label_print() - write labels as Prometheus reads them
 * @file: where
 * @labels: the labels
 *
 * Writes NAME="VALUE",NAME="VALUE" without braces, and nothing if there are none.
 */
void label_print(FILE *file, const struct labels *labels)
{
	for (int i = 0; i < labels->n; i++) {
		const char *value = strchr(labels->text[i], '=') + 1;

		fprintf(file, "%s%.*s", i ? "," : "", (int)(value - labels->text[i]),
			labels->text[i]);
		label_print_value(file, value);
	}
}
