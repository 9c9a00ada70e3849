import type { Cluster } from './cluster.ts';
import type { EventRing } from './events.ts';

/** Figures of the services for /metrics, by name. */
export function serviceCounters(cluster: Cluster, events: EventRing): Record<string, number> {
  const gossip = cluster.session?.membership?.counts;
  const lan = cluster.session?.discovery?.stats() ?? [];
  const sum = (pick: (nic: (typeof lan)[number]) => number) => lan.reduce((total, nic) => total + pick(nic), 0);
  return {
    events_total: events.count,
    gossip_sent_total: gossip?.sent ?? 0,
    gossip_received_total: gossip?.received ?? 0,
    gossip_refused_total: gossip?.refused ?? 0,
    ssdp_sent_total: sum((nic) => nic.sent),
    ssdp_accepted_total: sum((nic) => nic.counts.accepted),
    ssdp_other_key_total: sum((nic) => nic.counts.otherKey),
  };
}
