/** The version of PlumpOS, as every program and image of this checkout says it. */
export const VERSION = '7.0.0-alpha.1';
