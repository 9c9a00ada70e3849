#include "help.h"

const char run_help[] = "";
const char sh_help[] = "";
