/** Levels as in syslog's everyday subset. */
export type Level = 'debug' | 'info' | 'warn' | 'error';

/** Facts of one log record beside its message: plain JSON values. */
export type Fields = Record<string, unknown>;

/** Writes records; `child` adds fields to all records of the new log. Passed in, never a global. */
export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  child(fields: Fields): Log;
}

const RANK: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Where a log goes, and how. */
export interface LogOptions {
  write(line: string): void;
  /** Records below this level are dropped. */
  level?: Level;
  /** One JSON object a line, or (true) a readable line for a terminal. */
  readable?: boolean;
  /** Wall clock in milliseconds since 1970. */
  wall(): number;
}

/** Makes a log: one JSON object a line, or a readable line on a terminal. */
export function makeLog(options: LogOptions, fields: Fields = {}): Log {
  const least = RANK[options.level ?? 'info'];
  const write = (level: Level, message: string, more: Fields = {}) => {
    if (RANK[level] < least) return;
    const time = new Date(options.wall()).toISOString();
    const all = { ...fields, ...more };
    options.write(
      options.readable ? readable(time, level, message, all) : JSON.stringify({ time, level, message, ...all }),
    );
  };
  return {
    debug: (message, more) => write('debug', message, more),
    info: (message, more) => write('info', message, more),
    warn: (message, more) => write('warn', message, more),
    error: (message, more) => write('error', message, more),
    child: (more) => makeLog(options, { ...fields, ...more }),
  };
}

function readable(time: string, level: Level, message: string, fields: Fields): string {
  const rest = Object.entries(fields).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${message}${rest.join('')}`;
}
