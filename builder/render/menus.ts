import { readFileSync } from 'node:fs';
import path from 'node:path';
import Handlebars from 'handlebars';
import type { BootMenu } from '../plan/boot-menu.ts';

/** Template in rootfs/boot/ of every configuration file that tells of the menu. */
const MENU_TEMPLATES = {
  isolinux: 'isolinux.cfg.hbs',
  isolinuxText: 'boot.msg.hbs',
  grub: 'grub.cfg.hbs',
  grubNet: 'grub-net.cfg.hbs',
  pxelinux: 'pxelinux.cfg.hbs',
  ipxe: 'plumpos.ipxe.hbs',
  dnsmasq: 'dnsmasq.conf.example.hbs',
} as const;

/** One of the menu's forms. */
export type MenuForm = keyof typeof MENU_TEMPLATES;

const templates = path.resolve(import.meta.dirname, '../../rootfs/boot');

/** Fills the template of one loader from the menu. A name the menu does not have is an error, not an empty text. */
export function renderMenu(form: MenuForm, menu: BootMenu): string {
  const source = readFileSync(path.join(templates, MENU_TEMPLATES[form]), 'utf8');
  return Handlebars.compile(source, { noEscape: true, strict: true })({ ...menu, tenths: menu.timeoutSeconds * 10 });
}
