import { timeText } from '@trireme/api-machinery';
import type { KubeletContext } from '../kubelet-context.ts';

/** /stats/summary: what each container uses now. */
export async function statsSummary(
  context: KubeletContext,
  workers: readonly { readonly uid: string }[],
): Promise<unknown> {
  const stats = new Map((await context.deps.runtime.containerStats()).map((entry) => [entry.containerId, entry]));
  const pods: unknown[] = [];
  for (const { uid } of workers) {
    const observed = await context.view.known(uid);
    const containers = (observed?.containers ?? []).flatMap(({ id, name, startedAtMs }) => {
      const entry = stats.get(id);
      if (!entry) return [];
      const time = timeText(entry.timestampMs);
      return [
        {
          name,
          startTime: timeText(startedAtMs),
          cpu: { time, usageCoreNanoSeconds: entry.cpuCoreNanoSeconds },
          memory: { time, workingSetBytes: entry.memoryWorkingSetBytes },
        },
      ];
    });
    if (observed) pods.push({ podRef: { name: observed.name, namespace: observed.namespace, uid }, containers });
  }
  return { node: { nodeName: context.nodeName }, pods };
}

/** /metrics in the text format of Prometheus. */
export function metricsText(context: KubeletContext, workers: readonly { readonly active: boolean }[]): string {
  const running = workers.filter(({ active }) => active).length;
  return [
    "# HELP kubelet_node_name The node's name. The count is always 1.",
    '# TYPE kubelet_node_name gauge',
    `kubelet_node_name{node=${JSON.stringify(context.nodeName)}} 1`,
    '# HELP kubelet_running_pods Number of pods that have a running pod sandbox',
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${running}`,
    '',
  ].join('\n');
}
