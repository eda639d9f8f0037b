/**
 * A DNS server on UDP and TCP around a function that answers messages, and a forwarder to other servers.
 *
 * @example
 * import { createDnsServer } from '@trireme/adapter-dns';
 *
 * const server = createDnsServer({ answer: dns.answer, listen: [{ host: '10.0.0.2', port: 10053 }], logger });
 * await server.start();
 * console.log(server.addresses);
 * await server.stop();
 */
export { createDnsForwarder, type DnsForwarderOptions, type Upstream } from './dns-forwarder.ts';
export { createDnsServer, type DnsServer, type DnsServerOptions, type ListenAddress } from './dns-server.ts';
