const DOTTED = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Is this an IPv4 address in dotted form, and nothing else? */
export function isDotted(text: string): boolean {
  return DOTTED.test(text);
}

/** May a host have this address? */
export function isHostAddress(text: string): boolean {
  const first = Number(text.split('.')[0]);
  return isDotted(text) && first > 0 && first !== 127 && first < 224;
}

/** An address a machine gave itself because nobody gave it one (RFC 3927). */
export function isLinkLocal(address: string): boolean {
  return address.startsWith('169.254.');
}
