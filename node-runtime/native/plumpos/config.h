/* plumpos.config.json in the working directory: what the user wants by default. */
#ifndef PLUMPOS_CONFIG_H
#define PLUMPOS_CONFIG_H

enum { CONFIG_NO_JSON = 1, CONFIG_NO_OBJECT };

/*
 * Takes the members of the object "run" as text (lists joined by commas), which stays valid as long as `text`, of which it is
 * made. 0, or what is wrong.
 */
int config_parse(char *text, void (*take)(const char *name, const char *value));

/* The same for the file, where there is one. A bad file is said and ends us with 78. */
void config_read(void (*take)(const char *name, const char *value));

#endif
