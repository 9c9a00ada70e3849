import { type BuildContext, made } from './build-context.ts';
import type { MediaWorkshop } from './media-workshop.ts';

/** What the media steps work with, taken from a build's context. */
export function workshop(context: BuildContext, folder: string): MediaWorkshop {
  const { plan, signal } = context;
  const tools = { tools: made(context, 'tools'), signed: made(context, 'signed') };
  return { ...tools, signal, folder, epoch: plan.list.epoch, compress: plan.options.compress };
}
