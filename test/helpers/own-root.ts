import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

const root = path.resolve(import.meta.dirname, '../..');

/** This machine's root with a writable layer on top, a /proc and a /run of its own; $1 is the room, $2 the checkout, $3 what to do. */
const ENTER = `set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
mount -t proc proc "$1/root/proc"
mount -t tmpfs run "$1/root/run"
mount -t tmpfs tmp "$1/root/tmp"
mount --rbind /dev "$1/root/dev"
mkdir -p "$1/root/$2"
mount --rbind "$2" "$1/root/$2"
exec chroot "$1/root" sh -c "$3"`;

/**
 * Runs a shell script as root where it may change what it likes of this machine's root: nobody else sees it, and with the
 * script everything it started ends. Its own folder is /tmp; $checkout names this checkout.
 */
export async function inOwnRoot(script: string): Promise<{ code: number | undefined; out: string; err: string }> {
  const room = mkdtempSync(path.join(tmpdir(), 'plumpos-root-'));
  try {
    const words = ['-m', '-p', '-f', '--kill-child', 'sh', '-c', ENTER, 'sh', room, root, script];
    const env = { checkout: root, node: process.execPath };
    const { exitCode, stdout, stderr } = await execa('unshare', words, { reject: false, env, timeout: 120_000 });
    return { code: exitCode, out: stdout, err: stderr };
  } finally {
    rmSync(room, { recursive: true });
  }
}
