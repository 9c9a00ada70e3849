import { stat } from 'node:fs/promises';
import path from 'node:path';
import { shownPath } from '../render/shown-path.ts';
import type { BuildOptions } from '../plan/build-options.ts';
import { secretPlaces } from '../plan/build-plan.ts';
import { LEAST_RAM_MB } from '#runtime/model/manifest.ts';
import { type BuildContext, made } from '../steps/build-context.ts';

/** What a finished build says: for people, and as data. */
export interface BuildSummary {
  readonly text: string;
  readonly data: Record<string, unknown>;
}

/** Sizes by part, least RAM, who may join, and the next command. */
export async function buildSummary(context: BuildContext, seconds: number): Promise<BuildSummary> {
  const { plan } = context;
  const sizes = await partSizes(context);
  const iso = path.join(plan.out, 'plumpos.iso');
  const data = {
    iso,
    image: made(context, 'identity').slice(0, 16),
    sizes,
    minimumRamMB: LEAST_RAM_MB,
    seconds: Math.round(seconds * 10) / 10,
  };
  const shown = shownPath(iso, plan.cwd);
  const lines = [
    '',
    `${shown}  ${megabytes(sizes['iso'] ?? 0)}  (image ${data.image}, ${data.seconds} s)`,
    ...Object.entries(sizes)
      .filter(([name]) => name !== 'iso')
      .map(([name, size]) => `  ${name.padEnd(28)} ${megabytes(size).padStart(9)}`),
    `Least RAM of a node: ${LEAST_RAM_MB.cd} MB from CD or USB stick, ${LEAST_RAM_MB.pxe} MB from the network (BIOS); ${LEAST_RAM_MB.uefi} MB with UEFI.`,
    ...secretLines(plan.options, shownPath(plan.keyFile, plan.cwd)),
    ...shellLines(plan.options),
    '',
    `Look at it:      ${plan.root === plan.cwd ? './plumpos' : shownPath(path.join(plan.root, 'plumpos'), plan.cwd)} boot ${shown}`,
    `USB stick:       sudo dd if=${shown} of=/dev/sdX bs=4M conv=fsync status=progress   (README: which sdX)`,
    `Network boot:    ${shownPath(path.join(plan.out, 'pxe'), plan.cwd)} is a TFTP root; dnsmasq.conf.example in it is a server for it`,
  ];
  return { text: `${lines.join('\n')}\n`, data };
}

/** What a build says of the cluster's secret, and where it is. Pure. */
export function secretLines(options: Pick<BuildOptions, 'no-key' | 'pxe-key'>, keyFile: string): string[] {
  const places = secretPlaces(options);
  if (places.length === 0) return ["The image holds no secret: its nodes ask for the join code ('plumpos key show')."];
  const who = {
    'plumpos.iso': `Whoever holds this medium can join the cluster (${keyFile}).`,
    'pxe/': `Whoever can boot from a server of pxe/ can join the cluster (${keyFile}).`,
  };
  return [
    ...places.map((place) => who[place]),
    ...(places.includes('plumpos.iso') ? [] : ['The ISO holds no secret: its nodes ask for the join code.']),
    "To shut them out: 'plumpos key new', build again, boot all anew.",
  ];
}

function shellLines({ 'debug-image': open, 'console-password': password }: BuildOptions): string[] {
  if (open) return ['Whoever sits in front of a node of this image gets a root shell (--debug-image).'];
  return password === undefined
    ? []
    : ["Nodes of this image have a root shell on screen and serial line, behind the console's password."];
}

async function partSizes(context: BuildContext): Promise<Record<string, number>> {
  const size = async (file: string) => (await stat(file)).size;
  const media = made(context, 'media');
  const sizes: Record<string, number> = { iso: await size(path.join(media, 'plumpos.iso')) };
  sizes['root file system'] = await size(made(context, 'root'));
  if (context.addons !== undefined) sizes['add-ons and overlay'] = await size(context.addons);
  for (const kernel of made(context, 'kernels')) {
    sizes[`kernel ${kernel.name}`] = await size(kernel.image);
    sizes[`initrd ${kernel.name}`] = await size(path.join(media, 'pxe', kernel.name, 'initrd.img'));
    sizes[`modules ${kernel.name}`] = await size(kernel.modules);
  }
  const parts = Object.entries(sizes).reduce((sum, [name, one]) => (name === 'iso' ? sum : sum + one), 0);
  sizes['boot loaders and the rest'] = (sizes['iso'] ?? 0) - parts;
  return sizes;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
