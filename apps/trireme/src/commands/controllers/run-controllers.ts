import { join } from 'node:path';
import { createHttpsTransport } from '@trireme/adapter-http';
import { createLineLogger, createSystemRandom, createSystemTime } from '@trireme/adapter-system';
import { CodedError } from '@trireme/base';
import { type ApiClient, createApiClient } from '@trireme/client';
import { createControlLoops } from '@trireme/cluster';
import { randomSuffix } from '@trireme/ports';
import { keptCertificate } from '../../member/certificates.ts';
import { readMemberRecord } from '../../member/member-record.ts';
import { readSecrets } from '../../member/secrets.ts';
import type { ControllersOptions } from './command-options.ts';

/** Works until it is told to end, and gives its leases up then. */
export async function runControllers(options: ControllersOptions): Promise<void> {
  const time = createSystemTime();
  const random = createSystemRandom();
  const logger = createLineLogger({
    level: 'info',
    format: 'text',
    now: time.now,
    write: (line) => process.stderr.write(line),
  });
  const pki = join(options.dataDir, 'pki');
  const secrets = readSecrets(pki);
  const record = readMemberRecord(options.dataDir);
  if (!secrets || !record)
    throw new CodedError('no-member', `read ${options.dataDir}: it holds no member. Start one with: ./trireme server`);
  const clientFor = async (file: string, commonName: string): Promise<ApiClient> => {
    const issued = await keptCertificate(pki, file, secrets.ca, {
      subject: { commonName },
      usages: ['client'],
      nowMs: time.now(),
    });
    const tls = { ca: secrets.ca.certificatePem, cert: issued.certificatePem, key: issued.privateKeyPem };
    return createApiClient(createHttpsTransport({ endpoints: [options.server], tls }), { time });
  };
  const clients = {
    controllers: await clientFor('controllers', 'system:kube-controller-manager'),
    scheduler: await clientFor('scheduler', 'system:kube-scheduler'),
  };
  const { podCidr, serviceCidr } = record.network;
  const identity = `${options.identity}_${randomSuffix(random)}`;
  const loops = createControlLoops(
    { clients, time, random, logger },
    { identity, rootCa: secrets.ca.certificatePem, podCidr, serviceCidr },
  );
  const stopping = new AbortController();
  process.once('SIGTERM', () => stopping.abort());
  process.once('SIGINT', () => stopping.abort());
  logger.log('info', 'campaigning', { identity });
  await loops.run(stopping.signal);
  process.exit();
}
