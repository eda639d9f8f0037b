// What runs inside the test's network namespaces, in plain JavaScript so that it starts fast.
//   probe.mjs serve NAME ADDRESS PORT   answers each TCP connection and each UDP datagram with 'NAME CLIENT-ADDRESS'
//   probe.mjs ask PROTOCOL HOST PORT COUNT   prints what COUNT requests were answered with, as a JSON list
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const [mode, ...args] = process.argv.slice(2);

if (mode === 'serve') {
  // On one address: UDP answers from a socket on all of them would leave under the address of the way out.
  const [name, address, port] = args;
  const udp = createSocket('udp4');
  udp.on('message', (_, from) => udp.send(`${name} ${from.address}`, from.port, from.address));
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(`${name} ${socket.remoteAddress}`);
  });
  tcp.listen(Number(port), address, () => udp.bind(Number(port), address, () => console.log('ready')));
  process.stdin.on('end', () => process.exit()).resume();
} else {
  const [protocol, host, port, count] = args;
  const answers = [];
  const ask = protocol === 'udp' ? askUdp : askTcp;
  for (let i = 0; i < Number(count); i++) answers.push(await ask(host, Number(port)));
  console.log(JSON.stringify(answers));
}

function askTcp(host, port) {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ host, port });
    const timer = setTimeout(() => end('silence'), 1000);
    const end = (answer) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => end(text));
    socket.on('error', (error) => end(error.code));
  });
}

function askUdp(host, port) {
  return new Promise((resolve) => {
    // A fixed source port: the connection is the same one for as long as the kernel tracks it.
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    const timer = setTimeout(() => end('silence'), 1000);
    const end = (answer) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close(() => resolve(answer));
    };
    socket.on('message', (message) => end(String(message)));
    socket.on('error', (error) => end(error.code));
    socket.bind(40_000, () => socket.connect(port, host, () => socket.send('?')));
  });
}
