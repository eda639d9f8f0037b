import { type Agent, request } from 'node:https';

/** A server and who asks it. PEM texts. */
export interface Access {
  readonly server: string;
  readonly ca: string | Buffer;
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** One request over the agent's connection; rejects where no answer came in time. */
export function send(
  access: Access,
  agent: Agent,
  method: string,
  path: string,
  body?: object,
  timeoutMs = 5000,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const { server, ...tls } = access;
    const outgoing = request(
      new URL(path, server),
      { method, agent, ...tls, headers: { 'content-type': 'application/json' }, timeout: timeoutMs },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
        answer.once('error', reject);
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.once('error', reject);
    outgoing.end(body && JSON.stringify(body));
  });
}
