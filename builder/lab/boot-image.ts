import { readKeyIfThere } from '../host/cluster-key.ts';
import { type BootRequest, bootSpec, checkBootRequest } from './boot-request.ts';
import { BootWatch, type ReachedPhase } from './boot-watch.ts';
import { PlumpError } from '#runtime/base/errors.ts';
import { checkPxe, type OwnImage, readOwnImage } from './own-image.ts';
import { kernelFiles, serveScratch } from './pxe-root.ts';
import { startVm } from './qemu.ts';
import { typeText } from './type-text.ts';
import type { Vm, VmTools } from './types.ts';

/** A boot under way. */
export interface Boot extends AsyncDisposable {
  readonly vm: Vm;
  readonly watch: BootWatch;
}

/**
 * Powers a virtual PC on with an image in it, by the way the request says.
 * @throws PlumpError for an image that is not ours, or a request that cannot work.
 */
export async function bootImage(
  request: BootRequest,
  tools: VmTools,
  onPhase: (reached: ReachedPhase) => void,
): Promise<Boot> {
  checkBootRequest(request);
  const image = await readOwnImage(request.iso);
  const name = kernelName(image, request);
  const fromNetwork = request.medium === 'pxe' || request.medium === 'kernel';
  if (fromNetwork) await checkPxe(request.pxe, request.iso, image);
  await using stack = new AsyncDisposableStack();
  const served = request.medium === 'pxe' ? stack.use(await serveScratch(request.pxe, request.append, name)) : {};
  const kernel = request.medium === 'kernel' ? { kernel: kernelFiles(request.pxe, request.append, name) } : {};
  const vm = stack.use(await startVm(bootSpec(request, { ...served, ...kernel }), tools));
  const watch = stack.use(new BootWatch(vm, onPhase));
  const line = `${name} ${request.append}`.trim();
  if (!fromNetwork && line !== image.kernels[0]) typeAtMenu(vm, watch, line);
  const owned = stack.move();
  return { vm, watch, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** @throws PlumpError PLUMP_KERNEL for a name that is not in the menu */
function kernelName({ kernels }: OwnImage, { iso, kernel }: BootRequest): string {
  const [first = ''] = kernels;
  if (kernel === undefined || kernels.includes(kernel)) return kernel ?? first;
  throw new PlumpError('PLUMP_KERNEL', `${iso} has no kernel called '${kernel}'`, {
    hint: `it has ${kernels.join(', ')}`,
  });
}

/** ISOLINUX shows its prompt on the serial line too. The first key stops its clock, so it must come before that runs out. */
function typeAtMenu(vm: Vm, watch: BootWatch, line: string): void {
  const prompt = vm.console.waitFor(/boot:/, AbortSignal.timeout(vm.spec.timeLimitSeconds * 1000));
  const typed = prompt.then(() => typeText(vm.qmp, `${line}\n`));
  const check = () => watch.phase !== 'firmware' && watch.fail(`'${line}' was typed too late: the menu had gone`);
  void typed.then(check).catch(() => {});
}

/**
 * The join code of the cluster key beside the image, if there is one: network boots carry none by themselves.
 * @throws PlumpError PLUMP_KEY for a key file that cannot be used
 */
export async function joinArgument(keyFile: string): Promise<string> {
  const code = await readKeyIfThere(keyFile);
  return code === undefined ? '' : `plumpos.join=${code}`;
}
