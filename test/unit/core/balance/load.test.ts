import test from 'ava';
import { ByteBudget } from '#runtime/core/balance/byte-budget.ts';
import { decayedUse, LoadMeter } from '#runtime/core/balance/load-meter.ts';
import { betterOff, openMosixLoad, slowness } from '#runtime/core/balance/slowness.ts';
import { Trust, wasStarved } from '#runtime/core/balance/trust.ts';
import { BALANCE } from '#runtime/core/balance/settings.ts';

test('load is told in units of openMosix: 100 is one CPU-bound process per CPU of standard speed', (t) => {
  t.is(openMosixLoad({ work: 100, cpus: 1, speed: 10_000 }), 100);
  t.is(openMosixLoad({ work: 400, cpus: 4, speed: 10_000 }), 100);
  t.is(openMosixLoad({ work: 100, cpus: 1, speed: 5000 }), 200);
});

test('load for leaving rises slowly and falls at once; load for showing the other way round', (t) => {
  const meter = new LoadMeter();
  meter.update(800);
  t.is(meter.mean, 300);
  t.is(meter.shown, 800);
  meter.update(800);
  t.is(meter.mean, 487.5);
  meter.update(0);
  t.is(meter.mean, 0);
  t.is(meter.shown, 700);
});

test('the hints of a job bend its decay as openMosix called them', (t) => {
  t.is(decayedUse(100, 0, []), 75);
  t.is(decayedUse(100, 0, ['fastdecay']), 25);
  t.is(decayedUse(100, 0, ['slowdecay']), 93.8);
  const decay = { intervalS: 2, slow: 810, fast: 0 };
  t.is(Math.round(decayedUse(100, 0, ['slowdecay'], decay)), 90, 'set per interval of two seconds');
  t.is(decayedUse(100, 50, ['fastdecay'], decay), 50);
  t.is(decayedUse(100, 0, ['nodecay']), 100);
  t.is(decayedUse(0, 10, ['cpujob']), 100);
  t.is(decayedUse(0, 100, ['iojob', 'fastdecay']), 18.75);
});

test('idle CPUs do not make a job faster, a faster CPU does', (t) => {
  t.is(slowness(100, 1, 10_000), 100);
  t.is(slowness(100, 8, 10_000), 100);
  t.is(slowness(100, 1, 20_000), 50);
  t.is(slowness(400, 2, 10_000), 200);
});

test('a job goes where it is clearly better off, and never where the next one would send it back', (t) => {
  const pc = (work: number, speed = 10_000, cpus = 1) => ({ work, speed, cpus });
  t.true(betterOff(pc(200), pc(0), 100, BALANCE));
  t.true(betterOff(pc(500), pc(300), 100, BALANCE));
  t.false(betterOff(pc(200), pc(100), 100, BALANCE));
  t.false(betterOff(pc(500), pc(400), 100, BALANCE));
  t.true(betterOff(pc(100), pc(0, 20_000), 100, BALANCE), 'a lone job goes to a PC of twice the speed');
  t.false(betterOff(pc(100), pc(0, 10_500), 100, BALANCE), 'but not for a few percent');
  t.true(betterOff(pc(200), pc(300, 10_000, 4), 100, BALANCE), 'the fourth CPU of four is free');
  t.false(betterOff(pc(100), pc(0, 10_000, 4), 100, BALANCE), 'four idle CPUs are no better than one');
});

test('a member that breaks its word is left alone, each time twice as long; good work shortens that', (t) => {
  const trust = new Trust({ distrustMs: 5000, mostDistrustMs: 20_000 });
  t.true(trust.trusts(1, 0));
  trust.broken(1, 0);
  t.false(trust.trusts(1, 4999));
  t.true(trust.trusts(1, 5000));
  trust.broken(1, 5000);
  t.false(trust.trusts(1, 14_999));
  trust.broken(1, 15_000);
  trust.broken(1, 35_000);
  t.true(trust.trusts(1, 55_000), 'not for ever');
  for (let i = 0; i < 3; i++) trust.kept(1);
  trust.broken(1, 100_000);
  t.true(trust.trusts(1, 105_000));
});

test('a job was starved when it got less than a quarter of what was promised while it wanted to run', (t) => {
  t.true(wasStarved(1, 0, 10, 0.25));
  t.true(wasStarved(1, 2.4, 10, 0.25));
  t.false(wasStarved(0.5, 2, 10, 0.25));
  t.false(wasStarved(1, 0, 0, 0.25), 'it slept');
});

test('a budget of bytes holds over any time', (t) => {
  const budget = new ByteBudget(1000, 1000, 0);
  let sent = 0;
  for (let now = 0; now <= 10_000; now += 10) if (budget.take(100, now)) sent += 100;
  t.is(sent, 11_000);
  t.true(new ByteBudget(1000, 1000, 0).take(400, 0, 600));
  t.false(new ByteBudget(1000, 1000, 0).take(401, 0, 600), 'what others need is left');
});
