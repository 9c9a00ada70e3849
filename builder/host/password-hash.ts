import { hash } from 'node:crypto';
import { run } from './exec.ts';

/**
 * A password as /etc/shadow of a node takes it (SHA-512, 5000 rounds), made by busybox, which will also check it.
 * @param secret decides the salt: the same inputs must give the same image, and no two clusters the same hash.
 */
export async function passwordHash(busybox: string, password: string, secret: string): Promise<string> {
  const salt = hash('sha256', `plumpos console ${secret}`).slice(0, 16);
  const { stdout } = await run(busybox, ['mkpasswd', '-m', 'sha512', '-S', salt], { input: `${password}\n` });
  return stdout.trim();
}
