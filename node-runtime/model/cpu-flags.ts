/**
 * The x86 CPU flags (names as in /proc/cpuinfo) a program may find by CPUID and then use, so that it can move only to
 * a member that has them too. A flag's place is its bit on the wire: append only, never reorder.
 */
export const CPU_FLAGS: readonly string[] = `
  fpu cx8 cmov mmx fxsr sse sse2 syscall nx rdtscp lm 3dnow 3dnowext mmxext pni pclmulqdq ssse3 fma cx16 sse4_1
  sse4_2 movbe popcnt aes xsave avx f16c rdrand lahf_lm abm sse4a misalignsse 3dnowprefetch xop lwp fma4 tbm
  fsgsbase bmi1 hle avx2 bmi2 erms rtm mpx rdseed adx clflushopt clwb sha_ni fsrm avx512f avx512dq avx512ifma
  avx512pf avx512er avx512cd avx512bw avx512vl avx512vbmi avx512_vbmi2 avx512_vnni avx512_bitalg avx512_vpopcntdq
  avx512_vp2intersect avx512_bf16 avx512_fp16 avx_vnni gfni vaes vpclmulqdq xsaveopt xsavec xgetbv1 rdpid pku
  ospke movdiri movdir64b waitpkg serialize amx_tile amx_int8 amx_bf16 clzero wbnoinvd cldemote
`
  .trim()
  .split(/\s+/);

const KNOWN: ReadonlySet<string> = new Set(CPU_FLAGS);

/** The flags of a `flags` line of /proc/cpuinfo that matter for moving, sorted. */
export function cpuFlagsThatMatter(words: readonly string[]): string[] {
  return [...new Set(words)].filter((word) => KNOWN.has(word)).sort();
}
