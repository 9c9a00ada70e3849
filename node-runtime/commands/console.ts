import { EXIT, messageOf, PlumpError } from '../base/errors.ts';
import { defineVerb } from '../base/verb.ts';
import { agentClient } from '../client/agent-client.ts';

/** `plumpos console`: what the keys on tty1 do (rootfs/root/usr/lib/plumpos/boot/screen). */
export const consoleVerb = defineVerb({
  name: 'console',
  group: 'Node',
  summary: "what the keys on a node's screen do",
  words: 'address NIC CIDR [GATEWAY] | join CODE | reboot | poweroff',
  maxWords: 32,
  examples: ['plumpos console address eth0 192.168.1.7/24 192.168.1.1'],
  options: {},
  run: async ({ positionals }) => {
    const [action, ...words] = positionals;
    if (action === 'address') return setAddress(words);
    if (action === 'join') return joinBy(words.join(''));
    if (action === 'reboot' || action === 'poweroff') return power(action);
    throw new PlumpError('PLUMP_USAGE', `console takes address, join, reboot or poweroff`);
  },
});

async function setAddress([nic, cidr, gateway]: readonly string[]): Promise<number> {
  if (nic === undefined || cidr === undefined)
    throw new PlumpError('PLUMP_USAGE', 'a network card and an address are needed', {
      hint: 'plumpos console address eth0 192.168.1.7/24 [192.168.1.1]',
    });
  await agentClient().setAddress(nic, cidr, gateway);
  return EXIT.done;
}

async function joinBy(code: string): Promise<number> {
  await agentClient().join(code);
  return EXIT.done;
}

async function power(action: 'reboot' | 'poweroff'): Promise<number> {
  const { execFileSync } = await import('node:child_process');
  try {
    execFileSync(action, { stdio: 'ignore' });
    return EXIT.done;
  } catch (cause) {
    throw new PlumpError('PLUMP_SYSTEM', `${action}: ${messageOf(cause)}`, { cause });
  }
}
