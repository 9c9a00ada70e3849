import { hash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VERSION } from '#runtime/base/version.ts';
import type { ImageConfig } from '#runtime/model/node-config.ts';
import { hashFolder } from '../cache/hash-files.ts';
import { readOrMakeKey } from '../host/cluster-key.ts';
import { passwordHash } from '../host/password-hash.ts';
import { makeBootMenu } from '../plan/boot-menu.ts';
import type { StepReport } from '../progress/build-progress.ts';
import { type BuildContext, made } from './build-context.ts';
import { makeInitrd } from './make-initrd.ts';
import { makeIso, type MediumKernel, type MediumParts } from './make-iso.ts';
import { makePxe } from './make-pxe.ts';
import { workshop } from './workshop.ts';
import { writeRecords } from './write-records.ts';

/** Writes the ISO and pxe/ from the finished parts; their hash over everything is the image's id. */
export async function makeMedia(context: BuildContext, report: StepReport): Promise<string | undefined> {
  const { plan, cache } = context;
  const key = plan.options['no-key'] && !plan.options['pxe-key'] ? undefined : await readOrMakeKey(plan.keyFile);
  if (key?.isNew) report.notice(`made the cluster's secret: ${plan.keyFile}`);
  const inputs = {
    kernels: made(context, 'kernels').map((one) => `${one.name} ${one.identity}`),
    root: path.basename(path.dirname(made(context, 'root'))),
    addons: context.addons === undefined ? '' : path.basename(path.dirname(context.addons)),
    head: path.basename(path.dirname(made(context, 'head'))),
    initrd: await hashFolder(path.join(plan.root, 'rootfs/initrd')),
    menus: await hashFolder(path.join(plan.root, 'rootfs/boot')),
    tools: [made(context, 'tools').root.slice(-16), made(context, 'signed').root.slice(-16)],
    list: plan.addons.list,
    version: VERSION,
    key: key?.code ?? '',
    rootShell: (await rootShell(context, key?.code)) ?? '',
    inIso: !plan.options['no-key'],
    inPxe: plan.options['pxe-key'],
    secureBoot: !plan.options['no-secure-boot'],
    recipe: 4,
  };
  context.identity = hash('sha256', JSON.stringify(inputs));
  const result = await cache.result('media', inputs, (folder) => fill(context, key?.code, folder));
  context.media = result.folder;
  return result.why;
}

async function fill(context: BuildContext, code: string | undefined, folder: string): Promise<void> {
  const { plan, work } = context;
  const id = made(context, 'identity').slice(0, 16);
  const shell = await rootShell(context, code);
  const kernels = await Promise.all(made(context, 'kernels').map((one) => mediumKernel(context, one, id)));
  const parts: MediumParts = {
    id,
    menu: makeBootMenu({ version: VERSION, id, kernels, addons: context.addons !== undefined }),
    kernels,
    root: made(context, 'root'),
    addons: context.addons,
    config: imageConfig(id, plan.options['no-key'] ? undefined : code, shell),
    list: plan.addons.list,
    secureBoot: !plan.options['no-secure-boot'],
  };
  const shop = workshop(context, path.join(work, 'media'));
  await mkdir(shop.folder, { recursive: true });
  await makeIso(shop, parts, path.join(folder, 'plumpos.iso'));
  await makePxe(shop, { ...parts, config: pxeConfig(context, id, code, shell) }, path.join(folder, 'pxe'));
  await copyFile(made(context, 'head'), path.join(folder, 'head.tar.zst'));
  await writeRecords(context, parts, path.join(shop.folder, 'iso'), folder);
}

function imageConfig(image: string, join: string | undefined, rootShell: string | undefined): string {
  const more = { ...(join === undefined ? {} : { join }), ...(rootShell === undefined ? {} : { rootShell }) };
  const value: ImageConfig = { format: 1, image, version: VERSION, ...more };
  return `${JSON.stringify(value)}\n`;
}

/** Everyone on the LAN can read a TFTP root: no secret goes there unasked. */
function pxeConfig(context: BuildContext, image: string, code: string | undefined, shell: string | undefined): string {
  if (context.plan.options['pxe-key']) return imageConfig(image, code, shell);
  return imageConfig(image, undefined, shell === 'open' ? shell : undefined);
}

/** See ImageConfig.rootShell. */
async function rootShell(context: BuildContext, code = ''): Promise<string | undefined> {
  const { 'debug-image': open, 'console-password': password } = context.plan.options;
  if (password === undefined) return open ? 'open' : undefined;
  return passwordHash(path.join(busyboxFolder(context), 'bin/busybox'), password, code);
}

function busyboxFolder(context: BuildContext): string {
  return made(context, 'packages').find((one) => one.name === 'busybox-static')?.folder ?? '';
}

async function mediumKernel(
  context: BuildContext,
  kernel: NonNullable<BuildContext['kernels']>[number],
  id: string,
): Promise<MediumKernel> {
  const { plan, work } = context;
  const initrd = path.join(work, `initrd-${kernel.name}.img`);
  const bytes = await makeInitrd({
    name: kernel.name,
    image: id,
    busybox: path.join(busyboxFolder(context), 'bin/busybox'),
    files: path.join(plan.root, 'rootfs/initrd'),
    modules: kernel.initrdModules,
    release: kernel.release,
    config: kernel.config,
    epoch: plan.list.epoch,
  });
  await writeFile(initrd, bytes);
  return { name: kernel.name, release: kernel.release, image: kernel.image, initrd, modules: kernel.modules };
}
