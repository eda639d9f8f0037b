import { mkdirSync } from 'node:fs';
import { createLineLogger, createSystemTime } from '@trireme/adapter-system';
import { CodedError } from '@trireme/base';
import { homeOf, needSpec } from '../../home.ts';
import { joinToken } from '../../join/token.ts';
import { readClusterSecrets } from '../../member/secrets.ts';
import { thisProgram } from '../../self.ts';
import { createSupervisor } from '../../supervise/supervisor.ts';
import { processSpecs } from './process-specs.ts';
import { startPullProxy } from './pull-proxy.ts';

/** Keeps every server and agent of the cluster running until it is told to end (SIGTERM), and then ends them. */
export async function runDaemon(name: string): Promise<void> {
  const spec = needSpec(name);
  const home = homeOf(name);
  mkdirSync(home.run, { recursive: true });
  const time = createSystemTime();
  const logger = createLineLogger({
    level: 'info',
    format: 'text',
    now: time.now,
    write: (line) => process.stderr.write(line),
  });
  const secrets = readClusterSecrets(home, spec);
  if (!secrets)
    throw new CodedError(
      'no-secrets',
      `read the secrets of "${name}": they are missing. Raise the cluster with: ./trireme up --name ${name}`,
    );
  const supervisor = createSupervisor({ time, logger }, { tableFile: home.daemonTable });
  const { pullProxyPort, controlPlaneHost } = spec;
  const pullProxy = pullProxyPort && (await startPullProxy(controlPlaneHost, pullProxyPort, logger));
  const tokens = { server: joinToken(secrets, 'server'), agent: joinToken(secrets, 'agent') };
  // A member that has lost its folder must not make a second cluster when it is started again, so it is looked at each time.
  const specsNow = () => processSpecs(thisProgram(), home, spec, tokens);
  for (const each of specsNow())
    supervisor.keepAs(each.name, () => specsNow().find(({ name }) => name === each.name) ?? each);
  logger.log('info', 'keeping the cluster running', { processes: supervisor.states().length });
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  logger.log('info', 'ending the cluster');
  await supervisor.stop();
  if (pullProxy) pullProxy.close();
  process.exit();
}
