#include "records.h"

#include <string.h>

int records_next(struct records *records, struct record *record)
{
	if (records->next == records->end)
		return 0;
	char *nul = memchr(records->next, 0, (size_t)(records->end - records->next));
	record->key = records->next;
	record->value = nul == NULL ? NULL : cut_at(records->next, '=');
	if (record->value == NULL || *record->key == 0)
		return -1;
	records->next = nul + 1;
	return 1;
}

long read_number(const char *text, long most)
{
	long value = 0;
	if (*text == 0)
		return -1;
	for (; *text != 0; text++) {
		int digit = *text - '0';
		if (digit < 0 || digit > 9 || digit > most || value > (most - digit) / 10)
			return -1;
		value = value * 10 + digit;
	}
	return value;
}

char *cut_at(char *text, char cut)
{
	char *at = strchr(text, cut);
	if (at == NULL)
		return NULL;
	*at = 0;
	return at + 1;
}
