#define _GNU_SOURCE
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/io.h"

#define FILE_NAME "plumpos.config.json"

enum { FILE_MOST = 1 << 20, DEEPEST = 64, BAD_CONFIGURATION = 78 };

static void (*taker)(const char *name, const char *value);
static int no_object;

static int at(char **next, char wanted)
{
	*next += strspn(*next, " \t\r\n");
	if (**next != wanted)
		return 0;
	(*next)++;
	return 1;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 63));
	}
	*to++ = (char)(0x80 | (code & 63));
	return to;
}

/* What stands behind a backslash; NULL when it is none of JSON's. */
static char *unescape(char *from, char **to)
{
	static const char names[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
	const char *known = *from == 0 ? NULL : strchr(names, *from);
	char digits[5], *end;
	if (known != NULL) {
		*(*to)++ = bytes[known - names];
		return from;
	}
	if (*from != 'u' || strspn(from + 1, "0123456789abcdefABCDEF") < 4)
		return NULL;
	memcpy(digits, from + 1, 4);
	digits[4] = 0;
	unsigned code = (unsigned)strtoul(digits, &end, 16);
	*to = put_utf8(*to, code == 0 ? ' ' : code);
	return from + 4;
}

/* Decoded where it stands: it only becomes shorter. NULL when it is no string. */
static char *read_string(char **next)
{
	char *text = *next, *to = text;
	for (char *from = text; from != NULL && (unsigned char)*from >= ' '; from++) {
		if (*from == '"') {
			*next = from + 1;
			*to = 0;
			return text;
		}
		if (*from != '\\')
			*to++ = *from;
		else if ((from = unescape(from + 1, &to)) == NULL)
			break;
	}
	return NULL;
}

/* A number or a word, moved one to the left, where its end does not cover what follows. NULL when it is neither. */
static char *read_word(char **next)
{
	size_t length = strspn(*next, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
	char *word = memmove(*next - 1, *next, length), *end;
	word[length] = 0;
	*next += length;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0 || strcmp(word, "null") == 0)
		return word;
	int number = length > 0 && word[strspn(word, "+-.0123456789eE")] == 0 && *word != '+' && *word != '.';
	return number && (strtod(word, &end), *end == 0) ? word : NULL;
}

static char *read_scalar(char **next)
{
	return at(next, '"') ? read_string(next) : read_word(next);
}

/* Members of an object, or the items of a list (without a name), each consumed by `item`; the bracket has been. */
static int read_members(char **next, int depth, char end, int (*item)(const char *name, char **next, int depth))
{
	char *name = NULL;
	if (at(next, end))
		return 0;
	do {
		if (end == '}' && (!at(next, '"') || (name = read_string(next)) == NULL || !at(next, ':')))
			return -1;
		if (item(name, next, depth + 1) < 0)
			return -1;
	} while (at(next, ','));
	return at(next, end) ? 0 : -1;
}

static int skip(const char *name, char **next, int depth)
{
	(void)name;
	if (depth > DEEPEST)
		return -1;
	if (at(next, '{'))
		return read_members(next, depth, '}', skip);
	if (at(next, '['))
		return read_members(next, depth, ']', skip);
	return read_scalar(next) == NULL ? -1 : 0;
}

/* Items go together where the list stood. */
static char *read_list(char **next)
{
	char *list = *next - 1, *to = list, *item;
	if (at(next, ']'))
		return "";
	do {
		if ((item = read_scalar(next)) == NULL)
			return NULL;
		size_t length = strlen(item);
		if (to > list)
			*to++ = ',';
		memmove(to, item, length);
		to += length;
	} while (at(next, ','));
	if (!at(next, ']'))
		return NULL;
	*to = 0;
	return list;
}

static int take_option(const char *name, char **next, int depth)
{
	if (at(next, '{')) {
		no_object = 1;
		return read_members(next, depth, '}', skip);
	}
	char *value = at(next, '[') ? read_list(next) : read_scalar(next);
	if (value == NULL)
		return -1;
	if (strcmp(value, "null") != 0)
		taker(name, value);
	return 0;
}

static int take_verb(const char *name, char **next, int depth)
{
	int ours = strcmp(name, "run") == 0;
	if (ours && at(next, '{'))
		return read_members(next, depth, '}', take_option);
	no_object |= ours;
	return skip(name, next, depth);
}

int config_parse(char *text, void (*take)(const char *name, const char *value))
{
	char *next = text;
	taker = take;
	no_object = 0;
	if (!at(&next, '{') || read_members(&next, 0, '}', take_verb) < 0)
		return CONFIG_NO_JSON;
	next += strspn(next, " \t\r\n");
	return *next != 0 ? CONFIG_NO_JSON : no_object ? CONFIG_NO_OBJECT : 0;
}

void config_read(void (*take)(const char *name, const char *value))
{
	size_t length;
	char folder[4096];
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	char *text = read_whole(fd, FILE_MOST, &length); /* stays: options point into it */
	int wrong = text == NULL || strlen(text) != length ? CONFIG_NO_JSON : config_parse(text, take);
	close(fd);
	if (wrong == 0)
		return;
	fprintf(stderr, "plumpos: %s/" FILE_NAME "%s (PLUMP_CONFIG)\n", getcwd(folder, sizeof folder) == NULL ? "." : folder,
	        wrong == CONFIG_NO_JSON ? " is not valid JSON" : ": 'run' must be an object of option values");
	exit(BAD_CONFIGURATION);
}
