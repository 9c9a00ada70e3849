import { reasonsToStay } from '../../core/jobs/eligibility.ts';
import {
  readDescriptors,
  readHeldPaths,
  readNamespaces,
  readTask,
  readWorkingFolder,
} from '../../system/task-facts.ts';
import type { Guest } from './guest.ts';

/** Why this guest cannot move now, in plain words; empty when it can. */
export function cantMove(guest: Guest): string[] {
  if (guest.address === undefined) return ['--net host: it has the network of its home'];
  const tasks = guest.cgroup.pids().flatMap((pid) => {
    const task = readTask(pid);
    if (!task) return [];
    const targets = [...readDescriptors(pid).map(({ target }) => target), ...readHeldPaths(pid)];
    return [
      {
        pid: task.pid,
        name: task.name,
        tracer: task.tracer,
        userNamespace: readNamespaces(pid).user,
        groups: task.groups.length,
        cwd: readWorkingFolder(pid),
        targets,
        unreadable: [],
      },
    ];
  });
  return reasonsToStay(tasks, readNamespaces('self').user);
}
