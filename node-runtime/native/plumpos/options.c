#include "options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/exec.h"
#include "../common/records.h"
#include "config.h"

static void usage(const char *verb, const char *format, const char *what, const char *value)
{
	fprintf(stderr, "plumpos: ");
	fprintf(stderr, format, what, value);
	fprintf(stderr, " (PLUMP_USAGE)\n  plumpos %s --help\n", verb);
	exit(2);
}

/* 512M, 2G, 1.5G is too clever; bare: bytes. */
static long long read_scaled(const char *text, const char *units, const long *factors)
{
	char number[32];
	size_t digits = strspn(text, "0123456789");
	const char *unit = text[digits] == 0 ? NULL : strchr(units, text[digits]);
	if (digits == 0 || digits >= 16 || (text[digits] != 0 && (unit == NULL || text[digits + 1] != 0)))
		return -1;
	memcpy(number, text, digits);
	number[digits] = 0;
	long long value = atoll(number) * (unit == NULL ? 1 : factors[unit - units]);
	return value == 0 ? -1 : value;
}

static long long read_size(const char *text)
{
	static const long factors[] = { 1L << 10, 1L << 20, 1L << 30, 1L << 40, 1L << 10 };
	return read_scaled(text, "KMGTk", factors);
}

static long long read_time(const char *text)
{
	static const long factors[] = { 1, 60, 3600, 86400 };
	return read_scaled(text, "smhd", factors);
}

/* [ADDR:]PORT; what ADDR is, the agent knows better. */
static long long check_publish(const char *text)
{
	const char *colon = strrchr(text, ':');
	long port = read_number(colon == NULL ? text : colon + 1, 65535);
	return port < 1 || colon == text ? -1 : 0;
}

static long long check_any(const char *text)
{
	return *text == 0 || strpbrk(text, " \t\n") != NULL ? -1 : 0;
}

static long long read_count(const char *text)
{
	long count = read_number(text, 4096);
	return count < 1 ? -1 : count;
}

static long long check_net(const char *text)
{
	return strcmp(text, "host") == 0 ? 0 : -1;
}

static long long check_decay(const char *text)
{
	return strcmp(text, "no") == 0 || strcmp(text, "slow") == 0 || strcmp(text, "fast") == 0 ? 0 : -1;
}

static const struct option {
	const char *name, *key, *takes;
	long long (*check)(const char *text); /* NULL: a flag. 0: the text itself is sent, else the number */
} table[] = {
	{ "on", "on", "one or more NODEs, as n1 or n1,n3", check_any },
	{ "home", "home", NULL, NULL },
	{ "best", "best", NULL, NULL },
	{ "mem", "mem", "a size, as 512M or 2G", read_size },
	{ "cpu", "cpu", "a whole number of 1 or more", read_count },
	{ "nomig", "nomig", NULL, NULL },
	{ "tty", NULL, NULL, NULL },
	{ "no-tty", NULL, NULL, NULL },
	{ "detach", "detach", NULL, NULL },
	{ "net", "net", "'host'", check_net },
	{ "publish", "publish", "a port, as 8080 or 192.168.1.5:8080", check_publish },
	{ "lost-ttl", "lostttl", "a time, as 90s, 10m or 2h", read_time },
	{ "cpujob", "cpujob", NULL, NULL },
	{ "iojob", "iojob", NULL, NULL },
	{ "decay", "decay", "'no', 'slow' or 'fast'", check_decay },
	{ "only", "only", "one or more NODEs, as n1 or n1,n3", check_any },
	{ "not", "not", "one or more NODEs, as n1 or n1,n3", check_any },
};

enum { ON, HOME, BEST, NOMIG = 5, TTY, NO_TTY, DETACH, PUBLISH = 10, CPUJOB = 12, IOJOB, DECAY, OPTIONS = sizeof table / sizeof table[0] };

static const char *given[OPTIONS];

static long long check(const char *verb, const struct option *option, const char *value)
{
	long long number = option->check == NULL ? 1 : option->check(value);
	if (number >= 0)
		return number;
	fprintf(stderr, "plumpos: --%s takes %s, not '%s' (PLUMP_USAGE)\n  plumpos %s --help\n", option->name, option->takes, value, verb);
	exit(2);
}

static void tell(struct options *options, const char *verb, const struct option *option, const char *value)
{
	long long number = check(verb, option, value);
	if (number == 0)
		text_record(&options->request, "%s=%s", option->key, value);
	else if (option->key != NULL)
		text_record(&options->request, "%s=%lld", option->key, number);
}

static const struct option *find(const char *name, size_t length)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
			return &table[i];
	return NULL;
}

/* Options up to the first word that is none. */
static char **parse_words(struct options *options, const char *verb, char **words)
{
	for (; *words != NULL && (*words)[0] == '-' && (*words)[1] != 0; words++) {
		char *word = *words;
		if (strcmp(word, "--") == 0)
			return words + 1;
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
			options->help = 1;
		if (options->help || strcmp(word, "--debug") == 0)
			continue;
		size_t length = strcspn(word, "=");
		const struct option *option = word[1] == '-' ? find(word + 2, length - 2) : NULL;
		if (option == NULL)
			usage(verb, "unknown option '%s'%s", word, "");
		char *value = word[length] == '=' ? word + length + 1 : NULL;
		if (option->check == NULL && value != NULL)
			usage(verb, "--%s takes no value%s", option->name, "");
		if (option->check != NULL && value == NULL && (value = *++words) == NULL)
			usage(verb, "--%s needs a value%s", option->name, "");
		check(verb, option, value);
		given[option - table] = value == NULL ? "1" : value;
		if (option == &table[PUBLISH])
			tell(options, verb, option, value);
	}
	return words;
}

static int placed(void)
{
	return given[ON] != NULL || given[HOME] != NULL || given[BEST] != NULL;
}

/* A value from elsewhere, where the command line says nothing. */
static void offer(size_t i, const char *value)
{
	int no_flag = table[i].check == NULL && (strcmp(value, "0") == 0 || strcmp(value, "false") == 0);
	int other = (i == CPUJOB && given[IOJOB] != NULL) || (i == IOJOB && given[CPUJOB] != NULL);
	if (given[i] == NULL && *value != 0 && !no_flag && !other)
		given[i] = value;
}

/* As the other verbs have it: PLUMPOS_MEM=2G stands for --mem 2G where that is not given. */
static void take_environment(void)
{
	char name[32] = "PLUMPOS_";
	for (size_t i = placed() ? BEST + 1 : ON; i < OPTIONS; i++) {
		size_t k = 0;
		for (; table[i].name[k] != 0; k++)
			name[8 + k] = table[i].name[k] == '-' ? '_' : (char)(table[i].name[k] - 32);
		name[8 + k] = 0;
		if (getenv(name) != NULL)
			offer(i, getenv(name));
	}
}

static int skip_placing;

static void take_configured(const char *name, const char *value)
{
	const struct option *option = find(name, strlen(name));
	if (option != NULL && !(skip_placing && option <= &table[BEST]))
		offer((size_t)(option - table), value);
}

/* Ports that are not from the command line come as one list. */
static void tell_ports(struct options *options, const char *verb, const char *list)
{
	char port[64];
	for (; list != NULL; list = strchr(list, ',')) {
		list += *list == ',';
		snprintf(port, sizeof port, "%.*s", (int)strcspn(list, ","), list);
		tell(options, verb, &table[PUBLISH], port);
	}
}

static void finish(struct options *options, const char *verb)
{
	int ports_told = given[PUBLISH] != NULL;
	take_environment();
	skip_placing = placed();
	config_read(take_configured);
	if ((given[ON] != NULL) + (given[HOME] != NULL) + (given[BEST] != NULL) > 1)
		usage(verb, "--on, --home and --best exclude each other%s%s", "", "");
	if (given[CPUJOB] != NULL && given[IOJOB] != NULL)
		usage(verb, "--cpujob and --iojob exclude each other%s%s", "", "");
	for (size_t i = 0; i < OPTIONS; i++)
		if (given[i] != NULL && i != PUBLISH)
			tell(options, verb, &table[i], given[i]);
	if (!ports_told)
		tell_ports(options, verb, given[PUBLISH]);
	options->tty = given[NO_TTY] != NULL || given[DETACH] != NULL ? -1 : given[TTY] != NULL;
	options->detach = given[DETACH] != NULL;
}

/* What the old names tell the balancer of a program. */
static const char *const hints[] = { "cpujob", "iojob", "nodecay", "slowdecay", "fastdecay", NULL };

static void take_hint(const char *name)
{
	if (strcmp(name, "cpujob") == 0)
		given[CPUJOB] = "1";
	else if (strcmp(name, "iojob") == 0)
		given[IOJOB] = "1";
	else
		given[DECAY] = *name == 'n' ? "no" : *name == 's' ? "slow" : "fast";
}

static int is_one_of(const char *verb, const char *const *names)
{
	while (*names != NULL && strcmp(verb, *names) != 0)
		names++;
	return *names != NULL;
}

/* mosrun [-h|NODE|list] PROGRAM: numbers are always nodes, a name is one when no program of that name is there. */
static char **parse_old(struct options *options, const char *verb, char **words)
{
	int runon = strcmp(verb, "runon") == 0, mosrun = strcmp(verb, "mosrun") == 0;
	const char *first = *words == NULL ? "" : *words;
	char path[4096];
	if (strcmp(first, "--help") == 0 || (mosrun && first[0] == '-' && strcmp(first, "-h") != 0))
		return parse_words(options, "run", words);
	if (is_one_of(verb, hints)) {
		take_hint(verb);
		return words;
	}
	int home = !runon && (!mosrun || strcmp(first, "-h") == 0);
	int node = runon || (mosrun && !home && (first[strspn(first, "0123456789,.-")] == 0 || find_program(first, getenv("PATH"), path, sizeof path) != 0));
	if (home) {
		given[HOME] = "1";
		words += mosrun;
	} else if (node && *first != 0 && words[1] != NULL) {
		given[ON] = first;
		words++;
	} else if (runon) {
		usage("run", "runon takes a NODE and a PROGRAM%s%s", "", "");
	}
	if (home || runon)
		given[NOMIG] = "1";
	return words;
}

int options_is_ours(const char *verb)
{
	static const char *const ours[] = { "run", "sh", "mosrun", "runon", "runhome", "nomig", NULL };
	return is_one_of(verb, ours) || is_one_of(verb, hints);
}

void options_parse(struct options *options, const char *verb, char **words)
{
	*options = (struct options){ .tty = 0 };
	int run = strcmp(verb, "run") == 0, sh = strcmp(verb, "sh") == 0;
	if (sh && *words != NULL && strcmp(*words, "--help") == 0)
		parse_words(options, verb, words);
	if (sh)
		words[-1] = "sh"; /* `plumpos sh -c X` is `plumpos run sh -c X` */
	options->program = sh ? words - 1 : run ? parse_words(options, verb, words) : parse_old(options, verb, words);
	if (options->program[0] == NULL && !options->help)
		usage("run", "plumpos %s: which program?%s", verb, "");
	finish(options, sh ? verb : "run");
}
