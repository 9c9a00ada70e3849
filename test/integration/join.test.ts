import test from 'ava';
import { OLD_NAMES } from '#runtime/model/old-names.ts';
import { inOwnRoot } from '../helpers/own-root.ts';

/** A folder as a build leaves it, with the programs of a head; and what is on the PC before it joins. */
const BUILT = `set -e
mkdir -p /tmp/built/final /tmp/tree/plumpos/bin && cd /tmp/tree
cp "$checkout/test/fixtures/told-agent.cjs" plumpos/agent.cjs
echo >plumpos/tools.cjs
printf '#!/bin/sh\\nexport LD_LIBRARY_PATH=%s\\nexec %s "$@"\\n' "$LD_LIBRARY_PATH" "$node" >plumpos/bin/node
printf '#!/bin/sh\\nexec sleep 1000\\n' >plumpos/bin/relay
chmod 755 plumpos/bin/*
tar -c plumpos | "$node" -e 'process.stdin.pipe(require("zlib").createZstdCompress()).pipe(process.stdout)' >/tmp/built/final/head.tar.zst
mkdir -p /usr/local/bin
echo mine >/usr/local/bin/migrate
cd /tmp/built
"$checkout/plumpos" key new --file other.key 2>/dev/null
pc() { find /usr/lib /usr/local /var/lib /etc/systemd /run -maxdepth 3 ! -path '/run/systemd*' | sort; }
pc >/tmp/before
`;

/** The rest after `word ` of each line that begins so. */
function told(out: string, word: string): string[] {
  return out.split('\n').flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
}

test('a PC joins from a checkout with --key, under any umask, for all its users, and takes no name from its owner', async (t) => {
  const { code, out, err } = await inOwnRoot(`${BUILT}
completions=/usr/local/share/bash-completion/completions
mkdir -p $completions && echo mine >$completions/mps
pc >/tmp/before
umask 077
"$checkout/plumpos" join --key other.key
cmp other.key /var/lib/plumpos/secret
stat -c 'mode %a %n' /run/plumpos /usr/lib/plumpos /usr/lib/plumpos/bin /usr/lib/plumpos/agent.cjs /var/lib/plumpos /var/lib/plumpos/secret
setpriv --reuid 65534 --regid 65534 --clear-groups test -w /run/plumpos/agent.sock && echo 'open yes'
echo "migrate $(cat /usr/local/bin/migrate)"
echo "plumpos $(readlink /usr/local/bin/plumpos)"
setpriv --reuid 65534 --regid 65534 --clear-groups bash -c "source $completions/runon && complete -p runon" >/dev/null && echo 'completes runon'
ls $completions | sed 's/^/completion /'
echo "completion of mps is $(cat $completions/mps)"
echo "man $(head -n 1 /usr/local/share/man/man1/plumpos.1)"
"$checkout/plumpos" join --key other.key || echo "again $?"
"$checkout/plumpos" leave --json
pc | diff /tmp/before - && echo 'left nothing'`);
  t.is(code, 0, err);
  t.regex(out, /^joined as pc: no other member yet$/m);
  t.deepEqual(told(out, 'mode'), [
    '755 /run/plumpos',
    '755 /usr/lib/plumpos',
    '755 /usr/lib/plumpos/bin',
    '644 /usr/lib/plumpos/agent.cjs',
    '700 /var/lib/plumpos',
    '600 /var/lib/plumpos/secret',
  ]);
  t.deepEqual(told(out, 'open'), ['yes']);
  t.deepEqual(told(out, 'migrate'), ['mine']);
  t.deepEqual(told(out, 'plumpos'), ['/usr/lib/plumpos/bin/plumpos']);
  t.deepEqual(told(out, 'completes'), ['runon']);
  t.deepEqual(told(out, 'completion'), [
    ...['plumpos', ...OLD_NAMES].filter((name) => name !== 'migrate').toSorted(),
    'of mps is mine',
  ]);
  t.regex(told(out, 'man')[0] ?? '', /^\.TH PLUMPOS 1 /);
  t.deepEqual(told(out, 'again'), ['75'], 'a member is one already');
  t.regex(out, /^\{"left":true,"kind":"head"\}$/m);
  t.regex(out, /^left nothing$/m);
});

/** A systemd that starts and stops the agent, and does not where /tmp/broken is. */
const SYSTEMD = `mkdir -p /run/systemd/system
cat >/usr/bin/systemctl <<'END'
#!/bin/sh
case "$*" in
  start*) /usr/lib/plumpos/bin/node /usr/lib/plumpos/agent.cjs >/dev/null 2>&1 </dev/null & echo $! >/tmp/pid ;;
  disable*)
    if [ -e /tmp/broken ]; then echo 'Job for plumpos.service timed out' >&2; exit 1; fi
    kill "$(cat /tmp/pid)" ;;
esac
END
chmod 755 /usr/bin/systemctl
`;

test('leaving that failed half-way says so, keeps what it needs, and is done when it is called again', async (t) => {
  const { code, out, err } = await inOwnRoot(`${BUILT}${SYSTEMD}
"$checkout/plumpos" join --key other.key
touch /tmp/broken
"$checkout/plumpos" leave 2>&1 | sed 's/^/first /'
ls -d /etc/systemd/system/plumpos.service /usr/lib/plumpos/agent.cjs /var/lib/plumpos/installed.json
rm /tmp/broken
"$checkout/plumpos" leave
pc | diff /tmp/before - && echo 'left nothing'`);
  t.is(code, 0, err);
  t.regex(
    told(out, 'first').join('\n'),
    /the agent could not be stopped: .*timed out.*\n.*'sudo \S*plumpos leave' again/,
  );
  t.regex(out, /^left: everything the join put on this machine is gone$/m);
  t.regex(out, /^left nothing$/m);
});
