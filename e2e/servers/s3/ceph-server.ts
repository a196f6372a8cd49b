/**
 * A real object store for the long tests: one Ceph of Debian's packages on the loopback (monitor, one storage daemon in memory, the S3 gateway),
 * in a folder of its own. Nothing else of the machine is touched.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const HOST = '127.0.0.1';
const GATEWAY = 'client.rgw.test';
const TOOLS_WITHOUT_CLUSTER: ReadonlySet<string> = new Set(['monmaptool', 'ceph-authtool']);
const STEP_MS = 300;
const PATIENCE_MS = 90_000;

export class CephServer {
  readonly endpoint: string;
  readonly accessKeyId = `AK${randomBytes(8).toString('hex')}`;
  readonly secretAccessKey = randomBytes(20).toString('hex');
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(folder: string, gatewayPort: number) {
    this.#folder = folder;
    this.endpoint = `http://${HOST}:${String(gatewayPort)}`;
  }

  static async start(): Promise<CephServer> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-ceph-'));
    const [first, second, gateway] = await Promise.all([freePort(), freePort(), freePort()]);
    const server = new CephServer(folder, gateway);
    try {
      await server.#begin(`[v2:${HOST}:${String(first)},v1:${HOST}:${String(second)}]`, gateway);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons.splice(0).toReversed()) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #begin(monitor: string, gatewayPort: number): Promise<void> {
    const cluster = randomUUID();
    const storage = randomUUID();
    for (const name of ['mon', 'osd', 'rgw', 'run', 'log']) mkdirSync(join(this.#folder, name));
    writeFileSync(
      join(this.#folder, 'ceph.conf'),
      configuration(this.#folder, cluster, monitor, gatewayPort),
    );
    const map = join(this.#folder, 'monmap');
    await this.#run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', monitor, map);
    // The gateway takes no part in a cluster without keys.
    const keyring = join(this.#folder, 'keyring');
    writeFileSync(keyring, '', { mode: 0o600 });
    for (const name of ['mon.', 'client.admin', 'osd.0', GATEWAY]) {
      const caps = name === 'mon.' ? ['mon'] : ['mon', 'osd', 'mgr'];
      await this.#run(
        'ceph-authtool',
        keyring,
        '--gen-key',
        '-n',
        name,
        ...caps.flatMap((cap) => ['--cap', cap, 'allow *']),
      );
    }
    await this.#run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring);
    this.#spawn('ceph-mon', '-f', '-i', 'a');
    await this.#until('ceph', ['osd', 'new', storage]);
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', storage);
    this.#spawn('ceph-osd', '-f', '-i', '0');
    await this.#until('ceph', ['osd', 'stat'], (output) => output.includes(' 1 up'));
    const keys = ['--access-key', this.accessKeyId, '--secret-key', this.secretAccessKey];
    await this.#run(
      'radosgw-admin',
      '-n',
      GATEWAY,
      'user',
      'create',
      '--uid',
      'test',
      '--display-name',
      'test',
      ...keys,
    );
    this.#spawn('radosgw', '-f', '-n', GATEWAY);
    const deadlineMs = Date.now() + PATIENCE_MS;
    while (!(await answers(this.endpoint))) {
      if (Date.now() > deadlineMs) throw new Error(`the gateway does not answer: ${this.#log()}`);
      await pause();
    }
  }

  #spawn(program: string, ...args: readonly string[]): void {
    this.#daemons.push(
      spawn(program, ['-c', join(this.#folder, 'ceph.conf'), ...args], { stdio: 'ignore' }),
    );
  }

  async #run(program: string, ...args: readonly string[]): Promise<string> {
    const options = { timeout: PATIENCE_MS };
    const conf = TOOLS_WITHOUT_CLUSTER.has(program) ? [] : ['-c', join(this.#folder, 'ceph.conf')];
    return (await promisify(execFile)(program, [...conf, ...args], options)).stdout;
  }

  async #until(
    program: string,
    args: readonly string[],
    isEnough: (output: string) => boolean = () => true,
  ): Promise<void> {
    const deadlineMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const output = await this.#run(program, '--connect-timeout', '5', ...args).catch(() => null);
      if (output !== null && isEnough(output)) return;
      if (Date.now() > deadlineMs) throw new Error(`${program} ${args.join(' ')}: ${this.#log()}`);
      await pause();
    }
  }

  #log(): string {
    return readFileSync(join(this.#folder, 'log', 'all.log'), 'utf8').slice(-2000);
  }
}

function configuration(
  folder: string,
  cluster: string,
  monitor: string,
  gatewayPort: number,
): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitor}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
public addr = ${HOST}
cluster addr = ${HOST}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
osd objectstore = memstore
memstore device bytes = ${String(4 * 1024 ** 3)}
mon data = ${folder}/mon
osd data = ${folder}/osd
run dir = ${folder}/run
admin socket = ${folder}/run/$name.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/log/all.log
crash dir = ${folder}/log
keyring = ${folder}/keyring
[${GATEWAY}]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=${HOST}:${String(gatewayPort)}
`;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2000) })
    .then((response) => response.ok)
    .catch(() => false);
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, STEP_MS));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, HOST);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
