import type { MemberState } from '../model/member.ts';
import type { AgentApi } from './agent-api.ts';

const STATES: readonly MemberState[] = ['alive', 'suspect', 'dead', 'left', 'incompatible'];

/** The figures of this member in Prometheus' text format. */
export function metricsText(api: AgentApi): string {
  const status = api.status();
  const nodes = api.nodes();
  const usage = process.cpuUsage();
  const build = `version="${label(status.version)}",image="${label(status.image)}",kernel="${label(status.kernel)}"`;
  return [
    ...metric('build_info', 'gauge', 'What runs here', [[build, 1]]),
    ...metric('joined', 'gauge', '1 while this member is in the cluster', [['', Number(status.phase === 'joined')]]),
    ...metric(
      'members',
      'gauge',
      'Members by state as this one sees them',
      STATES.map((state) => [`state="${state}"`, nodes.filter((node) => node.state === state).length]),
    ),
    ...metric(
      'nic_carrier',
      'gauge',
      '1 where a cable is in',
      status.nics.map((nic) => [`nic="${label(nic.name)}"`, Number(nic.carrier)]),
    ),
    ...metric(
      'check_ok',
      'gauge',
      'The checks of plumpos status',
      status.checks.map((check) => [`check="${check.name}"`, Number(check.ok)]),
    ),
    ...metric('speed', 'gauge', 'Of one CPU; 10000 = the reference', [['', status.speed]]),
    ...metric('uptime_seconds', 'gauge', 'Since this machine was booted', [['', status.uptimeSeconds]]),
    ...metric('process_resident_memory_bytes', 'gauge', 'Memory of the agent', [['', process.memoryUsage.rss()]]),
    ...metric('process_cpu_seconds_total', 'counter', 'CPU time of the agent', [
      ['', (usage.user + usage.system) / 1e6],
    ]),
    ...Object.entries(api.counters()).flatMap(([name, value]) => metric(name, 'counter', 'Since start', [['', value]])),
    '',
  ].join('\n');
}

function metric(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): string[] {
  const full = `plumpos_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labels === '' ? '' : `{${labels}}`} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines];
}

function label(text: string): string {
  return text.replace(/["\\\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
}
