import test from 'ava';
import { readBzImage } from '#builder/formats/bz-image.ts';
import { embeddedConfig, parseKernelConfig, unpackPayload } from '#builder/formats/kernel-config.ts';
import { moduleName, readModuleInfo } from '#builder/formats/kernel-module.ts';
import { bzImage, kernelModule, withConfig } from '../../../helpers/kernel-bytes.ts';

test('a bzImage tells its release, its width and where its payload is', (t) => {
  const kernel = readBzImage(
    bzImage({ kernel: withConfig('CONFIG_SQUASHFS=m\n# CONFIG_ISO9660_FS is not set\n') }),
    'k',
  );
  t.is(kernel.release, '6.1.0-56-amd64');
  t.true(kernel.is64);
  t.false(kernel.signed);
  t.false(readBzImage(bzImage({ is64: false }), 'k').is64);
  const config = embeddedConfig(unpackPayload(kernel.payload as Uint8Array) as Buffer);
  t.is(config?.get('SQUASHFS'), 'm');
  t.false(config?.has('ISO9660_FS'));
});

test('what is no kernel, or half of one, is refused by name', (t) => {
  const kernel = { code: 'PLUMP_KERNEL' };
  t.throws(() => readBzImage(Buffer.alloc(0), 'mine/bzImage'), {
    ...kernel,
    message: /^mine\/bzImage is not a Linux kernel/,
  });
  t.throws(() => readBzImage(Buffer.from('\x7fELF'.padEnd(4096)), 'x'), kernel);
  t.throws(() => readBzImage(bzImage({ version: '\x01\x02' }), 'x'), { ...kernel, message: /version line/ });
  t.throws(() => readBzImage(bzImage().subarray(0, 1030), 'x'), { ...kernel, message: /cut short/ });
});

test('a module tells the kernel it was built for; names are the same with dash and underscore', (t) => {
  t.deepEqual(readModuleInfo(kernelModule('6.1.0-56-amd64 SMP preempt')), {
    is64: true,
    release: '6.1.0-56-amd64',
    vermagic: '6.1.0-56-amd64 SMP preempt',
  });
  t.false(readModuleInfo(kernelModule('6.1.0 686', false))?.is64);
  t.is(readModuleInfo(Buffer.from('garbage')), undefined);
  t.is(moduleName('kernel/drivers/usb/storage/usb-storage.ko.xz'), 'usb_storage');
});

test('a configuration without IKCONFIG is unknown, not empty', (t) => {
  t.is(embeddedConfig(Buffer.from('no configuration in here')), undefined);
  t.is(parseKernelConfig('CONFIG_LOCALVERSION="-a=b"\n').get('LOCALVERSION'), '"-a=b"');
});
