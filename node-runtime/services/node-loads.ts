import type { LoadRow } from '../model/load-view.ts';
import type { NodeView } from '../model/member.ts';

/** The members with what is known of their loads, this one with its speed. */
export function withLoads(nodes: readonly NodeView[], loads: readonly LoadRow[], speed: number): readonly NodeView[] {
  const byOverlay = new Map(loads.map((load) => [load.overlay, load]));
  return nodes.map((node) => {
    const load = byOverlay.get(node.overlay);
    return { ...node, ...(node.self ? { speed } : {}), ...(load === undefined ? {} : { load }) };
  });
}
